"""Deleting servers in every state, by the real SDK against local Azure."""

import asyncio

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot
from provisioning.platforms.catalogue import get_platform

UBUNTU = get_platform("ubuntu")
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
