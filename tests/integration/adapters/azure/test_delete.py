"""Deleting servers in every state, by the real SDK against local Azure."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot
from provisioning.core.model.server import Snapshot
from provisioning.platforms.catalogue import get_platform

UBUNTU = get_platform("ubuntu")
UNTIL = datetime(2026, 12, 1, 9, tzinfo=UTC)
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def left(azure):
    return {r["name"] for r in await azure.resources()} - {"nb-vnet", "nb-nsg"}


async def test_deleting_the_machine_deletes_everything(cloud, server, azure):
    await create(cloud, server)

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == set()
    deletes = [r.name for r in await azure.requests() if r.method == "DELETE"]
    assert deletes == ["nb-abc123def456-vm"]


async def test_deleting_what_does_not_exist_is_no_error(cloud, azure):
    await cloud.inventory.delete_server("nothing")

    assert [r for r in await azure.requests() if r.method == "DELETE"] == []


async def test_without_a_resource_group_nothing_counts_as_deleted(config, azure):
    cloud = open_cloud(config, "test", OpenPorts())

    for question in (cloud.inventory.delete_server("nothing"), cloud.inventory.resources()):
        with pytest.raises(PermanentError) as refused:
            await question
        assert refused.value.code == "ResourceGroupNotFound"
    await cloud.account.close()


async def test_an_address_alone_is_removed(cloud, server, azure):
    await cloud.network.ensure_address(server)

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == set()


async def test_an_interface_goes_before_the_address_that_it_holds(cloud, server, azure):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == set()
    deletes = [r.name for r in await azure.requests() if r.method == "DELETE"]
    assert deletes[0] == "nb-abc123def456-nic"


async def test_a_server_is_removed_in_the_middle_of_its_creation(cloud, server, azure):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await azure.fault("virtualMachines.put", "slow", factor=50)
    creating = asyncio.create_task(cloud.machines.ensure_vm(server, UBUNTU, BOOT))
    await azure.wait_for_request("PUT", "nb-abc123def456-vm")

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == set()
    with pytest.raises((NotYet, PermanentError)):
        await creating


async def test_two_deletes_at_the_same_time_both_end_well(cloud, server, azure):
    await create(cloud, server)

    await asyncio.gather(*(cloud.inventory.delete_server(server.id) for _ in range(2)))

    assert await left(azure) == set()


async def test_other_servers_are_left_alone(cloud, server, other_server, azure):
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_address(other_server)

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == {"nb-zzz123def456-ip"}


@pytest.mark.parametrize(
    "code",
    [
        "NicReservedForAnotherVm",
        "NicInUse",
        "AnotherOperationInProgress",
        "RetryableErrorDueToAnotherOperation",
    ],
)
async def test_a_resource_that_azure_still_holds_is_retried(cloud, server, azure, code):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await azure.fault("networkInterfaces.delete", code, count=2)

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == set()


async def test_a_resource_that_is_held_for_too_long_is_not_yet_deleted(
    impatient_cloud, server, azure
):
    cloud = impatient_cloud
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await azure.fault("networkInterfaces.delete", "NicReservedForAnotherVm", count=1000)

    with pytest.raises(NotYet):
        await cloud.inventory.delete_server(server.id)

    assert await left(azure) == {"nb-abc123def456-nic", "nb-abc123def456-ip"}


async def test_a_missing_right_ends_the_delete_with_its_name(cloud, server, azure):
    await cloud.network.ensure_address(server)
    await azure.fault("publicIPAddresses.delete", "AuthorizationFailed")

    with pytest.raises(
        PermanentError, match=r"no right to `Microsoft\.Network/publicIPAddresses/delete`"
    ):
        await cloud.inventory.delete_server(server.id)


LOCKED = (
    "The scope '/subscriptions/s/resourceGroups/group/providers/x' cannot perform delete operation "
    "because following scope(s) are locked: '/subscriptions/s/resourceGroups/group'. Please remove "
    "the lock and try again."
)


async def refused_delete(cloud, server):
    with pytest.raises(PermanentError) as refused:
        await cloud.inventory.delete_server(server.id)
    return refused.value


async def test_a_lock_is_told_at_once_with_what_is_left(cloud, server, azure):
    await create(cloud, server)
    await azure.fault(
        "*.delete", "answer", status=409, code="ScopeLocked", message=LOCKED, count=100
    )

    error = await refused_delete(cloud, server)

    assert error.code == "ScopeLocked"
    assert "A lock in Azure on `resourceGroups/group`" in error.reason
    for part in ("vm", "disk", "nic", "ip"):
        assert f"`nb-abc123def456-{part}`" in error.reason
    assert "Remove the lock" in error.remedy
    deletes = [r.name for r in await azure.requests() if r.method == "DELETE"]
    assert deletes[0] == "nb-abc123def456-vm"
    assert len(deletes) == 4, "each part once"


async def test_a_machine_that_may_not_be_deleted_is_named_with_what_it_holds(cloud, server, azure):
    await create(cloud, server)
    await azure.fault("virtualMachines.delete", "AuthorizationFailed", count=100)

    error = await refused_delete(cloud, server)

    assert error.code == "AuthorizationFailed"
    assert "no right to `Microsoft.Compute/virtualMachines/delete`" in error.reason
    assert "`nb-abc123def456-disk`" in error.reason
    assert len(await left(azure)) == 4


async def test_a_refused_part_does_not_keep_the_others(cloud, server, azure):
    await create(cloud, server)
    await azure.detach("nb-abc123def456-vm")
    await azure.fault("networkInterfaces.delete", "AuthorizationFailed", count=100)

    error = await refused_delete(cloud, server)

    assert error.code == "AuthorizationFailed"
    assert await left(azure) == {"nb-abc123def456-nic", "nb-abc123def456-ip"}


async def test_a_resource_of_another_kind_with_the_servers_tag_is_left_alone(
    cloud, server, azure, caplog
):
    await create(cloud, server)
    await azure.tag_a_foreign_resource({"nb-server": server.id, "nb-installation": "test"})

    await cloud.inventory.delete_server(server.id)

    assert await left(azure) == {"foreign"}
    assert "foreign" in caplog.text
    assert [each.name for each in await cloud.inventory.resources()] == ["foreign"]


async def test_a_list_in_other_letters_shows_the_same_resources(cloud, server, azure):
    server = replace(server, snapshot=Snapshot("word", UNTIL))
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    entries = [
        {
            **each,
            "id": each["id"].upper(),
            "type": each["type"].lower(),
            "name": each["name"].upper(),
        }
        for each in await azure.resources()
    ]
    await azure.fault("resources.get", "answer", status=200, body={"value": entries}, count=2)

    await cloud.inventory.delete_server(server.id, keep="word")

    assert await left(azure) == {"nb-abc123def456-copy-word"}
