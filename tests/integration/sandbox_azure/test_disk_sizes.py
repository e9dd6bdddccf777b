"""The sizes of system disks: Azure's limits, and when a disk may grow."""

import pytest
from azure.core.exceptions import HttpResponseError

from tests.integration.sandbox_azure.test_disks import GROUP, disk_of, finished, snapshot_of_vm


async def grown(portal, gb, name="vm_OsDisk_1"):
    body = {"properties": {"diskSizeGB": gb}}
    return await finished(portal.compute.disks.begin_update(GROUP, name, body))


async def deallocated(portal, name="vm"):
    await finished(portal.compute.virtual_machines.begin_deallocate(GROUP, name))


async def test_a_disk_of_the_image_has_the_images_size(portal):
    await portal.make_vm("vm")
    assert (await portal.compute.disks.get(GROUP, "vm_OsDisk_1")).disk_size_gb == 30


async def test_the_disk_of_a_deallocated_machine_grows(portal, machines):
    await portal.make_vm("vm")
    await deallocated(portal)
    assert (await grown(portal, 64)).disk_size_gb == 64
    assert portal.answer("PATCH", "/disks/vm_OsDisk_1")[0] == 202
    assert list(machines.grown.values()) == [64]
    vm = await portal.compute.virtual_machines.get(GROUP, "vm")
    assert vm.storage_profile.os_disk.disk_size_gb == 64


async def test_the_disk_of_a_running_machine_does_not_grow(portal, machines):
    await portal.make_vm("vm")
    with pytest.raises(HttpResponseError, match="while it is attached to running VM") as refused:
        await grown(portal, 64)
    assert (refused.value.status_code, refused.value.error.code) == (409, "OperationNotAllowed")
    assert machines.grown == {}


@pytest.mark.parametrize(
    ("gb", "status", "words"), [(29, 409, "shrink"), (4096, 400, "out of range")]
)
async def test_a_disk_neither_shrinks_nor_grows_beyond_the_limit(portal, gb, status, words):
    await portal.make_vm("vm")
    await deallocated(portal)
    with pytest.raises(HttpResponseError, match=words) as refused:
        await grown(portal, gb)
    assert refused.value.status_code == status


async def test_a_copy_has_the_size_of_the_grown_disk_and_may_be_larger(portal):
    snapshot = await snapshot_of_vm(portal)
    assert snapshot.disk_size_gb == 30
    disk = await disk_of(portal, snapshot)
    assert (await grown(portal, 64, disk.name)).disk_size_gb == 64
