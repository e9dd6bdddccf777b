"""Resizing a machine, by the real SDK against the local Azure."""

from dataclasses import replace

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.server import Snapshot
from tests.integration.adapters.azure.conftest import power_of
from tests.integration.adapters.azure.test_role import UNTIL
from tests.integration.adapters.azure.test_snapshots import create

BIG = "Standard_B2ms"


async def test_a_deallocated_machine_gets_another_size_and_starts(cloud, server):
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    await cloud.machines.resize(server.id, BIG)
    await cloud.machines.start(server.id)
    assert (await cloud.machines.find(server.id)).size == BIG
    assert await power_of(cloud, server.id) is PowerState.RUNNING


async def test_resizing_to_the_present_size_sends_no_request(cloud, server, azure):
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    for _ in range(3):
        await cloud.machines.resize(server.id, BIG)
    assert [r.method for r in await azure.requests()].count("PATCH") == 1


async def test_possible_sizes_are_sold_fit_the_quota_and_suit_the_machine(cloud, server):
    names = {size.name for size in await cloud.capacity.resizable_to(server)}
    assert names == {BIG, "Standard_NC4as_T4_v3"}, "B sizes have a local disk, Dsv5 have none"
    assert (await cloud.capacity.check_resize(server, BIG)).memory_gb == 8


@pytest.mark.parametrize(
    ("size", "code"),
    [("Standard_D2s_v5", "NotResizable"), ("Standard_Unheard_Of", "SkuNotAvailable")],
)
async def test_a_size_that_does_not_fit_is_refused_before_anything_is_stopped(
    cloud, server, size, code
):
    await create(cloud, server)
    with pytest.raises(PermanentError) as refused:
        await cloud.capacity.check_resize(server, size)
    assert refused.value.code == code
    assert await power_of(cloud, server.id) is PowerState.RUNNING


async def test_azure_itself_refuses_a_change_of_the_local_disk(cloud, server):
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    with pytest.raises(PermanentError, match="resource disk"):
        await cloud.machines.resize(server.id, "Standard_D2s_v5")


async def test_the_servers_present_cores_count_for_the_new_size(cloud, server):
    """Two machines fill the GPU family's 8 cores, and each may still keep its size."""
    gpus = [replace(server, id=f"gpu{n}", size="Standard_NC4as_T4_v3") for n in range(2)]
    for each in gpus:
        await create(cloud, each)
    assert (await cloud.capacity.check_resize(gpus[0], "Standard_NC4as_T4_v3")).gpus == 1
    with pytest.raises(PermanentError) as refused:
        await cloud.capacity.check_resize(server, "Standard_NC4as_T4_v3")
    assert refused.value.code == "QuotaExceeded"


async def test_a_start_without_capacity_is_explained_and_the_old_size_works_again(
    cloud, server, azure
):
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    await cloud.machines.resize(server.id, BIG)
    await azure.fault("virtualMachines.start", "AllocationFailed")
    with pytest.raises(PermanentError) as refused:
        await cloud.machines.start(server.id)
    assert refused.value.code == "AllocationFailed"
    await cloud.machines.resize(server.id, server.size)
    await cloud.machines.start(server.id)
    assert (await cloud.machines.find(server.id)).size == server.size


async def test_a_new_name_is_in_the_tags_of_everything(cloud, server, azure):
    await create(cloud, server)
    await cloud.inventory.tag_server(replace(server, name="other"))
    found = [r for r in await azure.resources() if "nb-server" in (r["tags"] or {})]
    assert {r["tags"]["nb-name"] for r in found} == {"other"}
    assert len(found) == 4


async def size_of_disk(cloud, server):
    return (await cloud.snapshots._disk(server.id)).disk_size_gb


async def test_a_disk_is_made_as_requested_and_grows_on_a_deallocated_machine(cloud, server, azure):
    server = replace(server, disk_gb=64)
    await create(cloud, server)
    assert await size_of_disk(cloud, server) == 64
    await cloud.machines.stop(server.id)
    for _ in range(3):
        await cloud.machines.grow_disk(server.id, 128)
    assert await size_of_disk(cloud, server) == 128
    assert [r.method for r in await azure.requests()].count("PATCH") == 1


async def test_the_disk_of_a_machine_that_azure_still_shows_running_is_tried_again(cloud, server):
    await create(cloud, server)
    with pytest.raises(NotYet):
        await cloud.machines.grow_disk(server.id, 128)
    assert await size_of_disk(cloud, server) == 30


async def test_a_restored_disk_is_as_large_as_the_grown_one(cloud, server):
    server = replace(server, disk_gb=64, snapshot=Snapshot("word", UNTIL))
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    await cloud.machines.grow_disk(server.id, 256)
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    disk = await cloud.snapshots.ensure_disk(server)
    assert disk.disk_size_gb == 256
