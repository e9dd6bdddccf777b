"""A snapshot of a disk outlives its server and is restored, by the real SDK."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.mgmt.compute.models import Snapshot, SnapshotProperties

from provisioning.adapters.azure.snapshots import is_complete
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot, PowerState
from provisioning.core.model.server import Snapshot as Kept
from provisioning.platforms.catalogue import get_platform
from tests.integration.adapters.azure.conftest import power_of

UBUNTU = get_platform("ubuntu")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")
UNTIL = datetime(2026, 12, 1, 9, tzinfo=UTC)
COPY, VM = "nb-abc123def456-copy-word", "nb-abc123def456-vm"


@pytest.fixture
def server(server):
    return replace(server, snapshot=Kept("word", UNTIL))


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def bring_back(cloud, server):
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm_of_copy(server, UBUNTU)


async def left(azure):
    return {r["name"]: r for r in await azure.resources() if r["name"] not in ("nb-vnet", "nb-nsg")}


async def test_the_snapshot_is_incremental_with_the_servers_tags_and_its_end(cloud, server, azure):
    await create(cloud, server)
    assert await cloud.snapshots.ensure_copy(server, UNTIL)
    body = await azure.body_of("PUT", COPY)
    assert body["properties"]["incremental"] is True
    assert body["sku"] == {"name": "Standard_LRS"}
    assert (await left(azure))[COPY]["tags"] == {
        "nb-server": "abc123def456",
        "nb-owner": "U_ANA",
        "nb-name": "quiet-otter",
        "nb-installation": "test",
        "nb-copy-until": "2026-12-01T09:00:00+00:00",
    }


async def test_taking_a_snapshot_twice_makes_one(cloud, server, azure):
    await create(cloud, server)
    await asyncio.gather(*(cloud.snapshots.ensure_copy(server, UNTIL) for _ in range(2)))
    assert await cloud.snapshots.ensure_copy(server, UNTIL)
    assert {name for name in await left(azure) if "copy" in name} == {COPY}


async def test_a_running_snapshot_is_waited_for(cloud, server, azure):
    await create(cloud, server)
    await azure.fault("snapshots.put", "slow", factor=100)
    first = asyncio.create_task(cloud.snapshots.ensure_copy(server, UNTIL))
    await azure.wait_for_request("PUT", COPY)
    assert await cloud.snapshots.ensure_copy(server, UNTIL)
    assert (await left(azure))[COPY]["provisioningState"] == "Succeeded"
    assert await first


async def test_a_failed_snapshot_is_taken_again(cloud, server, azure):
    await create(cloud, server)
    await azure.fault("snapshots.put", "fail")
    with pytest.raises((NotYet, PermanentError)):
        await cloud.snapshots.ensure_copy(server, UNTIL)
    assert await cloud.snapshots.ensure_copy(server, UNTIL)
    assert (await left(azure))[COPY]["provisioningState"] == "Succeeded"


async def test_there_is_no_snapshot_of_a_missing_disk(cloud, server, azure):
    assert not await cloud.snapshots.ensure_copy(server, UNTIL)
    assert await left(azure) == {}


async def test_a_deletion_leaves_only_the_kept_snapshot(cloud, server, azure):
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(replace(server, snapshot=Kept("older", UNTIL)), UNTIL)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    assert set(await left(azure)) == {COPY}
    await cloud.inventory.delete_server(server.id, keep="word")
    (copy,) = await cloud.inventory.resources()
    assert copy.is_copy


async def test_a_deletion_for_good_leaves_no_snapshot(cloud, server, azure):
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id)
    assert await left(azure) == {}


async def test_a_restored_server_has_its_former_disk(cloud, server, azure, machines):
    await create(cloud, server)
    (first,) = machines.specs
    await cloud.machines.stop(server.id)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await bring_back(cloud, server)
    (spec,) = machines.specs.values()
    assert machines.disks[spec.disk] == first
    body = await azure.body_of("PUT", VM)
    system = body["properties"]
    assert "osProfile" not in system
    assert "imageReference" not in system["storageProfile"]
    assert system["storageProfile"]["osDisk"]["createOption"] == "Attach"
    assert system["storageProfile"]["osDisk"]["deleteOption"] == "Delete"
    assert system["securityProfile"]["securityType"] == "TrustedLaunch"
    assert COPY in await left(azure), "it goes once the server was seen to work"
    assert (await cloud.machines.find(server.id)).image == UBUNTU.release("24.04").image


async def test_restoring_twice_makes_one_disk_and_one_machine(cloud, server, azure):
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await bring_back(cloud, server)
    await bring_back(cloud, server)
    puts = [r.name for r in await azure.requests() if r.method == "PUT"]
    assert puts.count(VM) == 2, "one of the creation, one of the undo"
    assert puts.count("nb-abc123def456-disk") == 1


async def test_a_restored_server_is_deleted_with_its_disk(cloud, server, azure, machines):
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await bring_back(cloud, server)
    await cloud.snapshots.delete_copy(server.id, "word")
    await cloud.snapshots.delete_copy(server.id, "word")
    await cloud.inventory.delete_server(server.id)
    assert await left(azure) == {}
    assert machines.specs == {}


async def test_a_restored_machine_stops_and_starts(cloud, server):
    await create(cloud, server)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await bring_back(cloud, server)
    await cloud.machines.stop(server.id)
    assert await power_of(cloud, server.id) is PowerState.DEALLOCATED
    await cloud.machines.start(server.id)
    assert await power_of(cloud, server.id) is PowerState.RUNNING


async def test_a_missing_snapshot_is_explained(cloud, server):
    with pytest.raises(PermanentError) as gone:
        await bring_back(cloud, replace(server, snapshot=Kept("ghost", UNTIL)))
    assert gone.value.code == "CopyGone"


async def test_a_missing_right_is_named(cloud, server, azure):
    await create(cloud, server)
    await azure.fault("snapshots.put", "AuthorizationFailed")
    with pytest.raises(PermanentError, match=r"Microsoft\.Compute/snapshots/write"):
        await cloud.snapshots.ensure_copy(server, UNTIL)


@pytest.mark.parametrize(
    ("state", "percent", "complete"),
    [
        ("Succeeded", None, True),
        ("Succeeded", 100.0, True),
        ("Succeeded", 41.0, False),
        ("Creating", None, False),
    ],
)
def test_a_disk_may_be_deleted_only_after_the_last_percent(state, percent, complete):
    properties = SnapshotProperties({"provisioningState": state, "completionPercent": percent})
    assert is_complete(Snapshot(location="x", properties=properties)) is complete
