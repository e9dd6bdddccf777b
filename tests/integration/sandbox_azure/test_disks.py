"""Copies of disks: a snapshot of a machine's disk, a disk of the snapshot, and a machine on it."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

GROUP = "rg"


async def finished(begin):
    return await (await begin).result()


def copy_of(resource_id, **properties):
    creation = {"createOption": "Copy", "sourceResourceId": resource_id}
    return {"location": "westeurope", "properties": {"creationData": creation, **properties}}


def vm_on(disk, nic, *, os_type="Linux", security="", **more):
    os_disk = {
        "osType": os_type,
        "createOption": "Attach",
        "deleteOption": "Delete",
        "managedDisk": {"id": disk.id},
    }
    nics = [{"id": nic.id, "properties": {"deleteOption": "Delete"}}]
    properties = {
        "hardwareProfile": {"vmSize": "Standard_B2s"},
        "storageProfile": {"osDisk": os_disk},
        "networkProfile": {"networkInterfaces": nics},
        **({"securityProfile": {"securityType": security}} if security else {}),
        **more,
    }
    return {"location": "westeurope", "properties": properties}


async def snapshot_of_vm(portal, name="vm"):
    vm = await portal.make_vm(name)
    disk_id = vm.storage_profile.os_disk.managed_disk.id
    snapshots = portal.compute.snapshots
    body = copy_of(disk_id, incremental=True)
    return await finished(snapshots.begin_create_or_update(GROUP, f"{name}-copy", body))


async def disk_of(portal, source, name="disk"):
    disks = portal.compute.disks
    return await finished(disks.begin_create_or_update(GROUP, name, copy_of(source.id)))


async def test_a_machine_comes_back_on_a_disk_of_the_snapshot_of_its_own(portal, machines):
    snapshot = await snapshot_of_vm(portal)
    first = next(iter(machines.specs))
    vms = portal.compute.virtual_machines
    await finished(vms.begin_delete(GROUP, "vm"))
    disk = await disk_of(portal, snapshot)
    assert portal.answer("PUT", "/disks/disk")[0] == 202
    assert (disk.os_type, disk.disk_state, disk.hyper_v_generation) == (
        "Linux",
        "Unattached",
        "V2",
    )
    nic = await portal.make_nic("again-nic")

    vm = await finished(vms.begin_create_or_update(GROUP, "vm", vm_on(disk, nic)))

    assert portal.answer("PUT", "/virtualMachines/vm")[0] == 201
    assert vm.os_profile is None
    [spec] = machines.specs.values()
    assert machines.disks[spec.disk] == first, "its content is the first machine's"
    assert (await portal.compute.disks.get(GROUP, "disk")).managed_by == vm.id
    view = await vms.instance_view(GROUP, "vm")
    assert "PowerState/running" in [each.code for each in view.statuses]


async def test_an_incremental_snapshot_says_that_it_is_one(portal):
    snapshot = await snapshot_of_vm(portal)
    assert snapshot.incremental
    assert snapshot.provisioning_state == "Succeeded"
    assert snapshot.creation_data.create_option == "Copy"


async def test_a_copy_of_what_is_not_there_is_not_found(portal):
    vm = await portal.make_vm()
    ghost = vm.storage_profile.os_disk.managed_disk.id + "-ghost"
    with pytest.raises(ResourceNotFoundError):
        await portal.compute.snapshots.begin_create_or_update(GROUP, "copy", copy_of(ghost))


async def test_the_content_of_a_snapshot_goes_with_it(portal, machines):
    await snapshot_of_vm(portal)
    assert machines.disks
    await finished(portal.compute.snapshots.begin_delete(GROUP, "vm-copy"))
    assert portal.answer("DELETE", "/snapshots/vm-copy")[0] == 202
    assert not machines.disks
    await finished(portal.compute.snapshots.begin_delete(GROUP, "vm-copy"))
    assert portal.answer("DELETE", "/snapshots/vm-copy")[0] == 204


async def test_a_disk_of_a_machine_is_attached_to_no_other(portal):
    vm = await portal.make_vm()
    nic = await portal.make_nic("other-nic")
    vms = portal.compute.virtual_machines
    held = vm.storage_profile.os_disk.managed_disk
    error = await portal.refused(vms.begin_create_or_update(GROUP, "other", vm_on(held, nic)))
    assert (error.status_code, error.error.code) == (409, "ConflictingUserInput")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"osProfile": {"computerName": "x", "adminUsername": "bot"}}, "osProfile"),
        ({"os_type": ""}, "osType"),
        ({"security": "TrustedLaunch"}, "security type"),
    ],
)
async def test_what_does_not_fit_a_disk_with_a_system_is_refused(portal, change, word):
    snapshot = await snapshot_of_vm(portal)
    disk = await disk_of(portal, snapshot)
    nic = await portal.make_nic("other-nic")
    vms = portal.compute.virtual_machines
    body = vm_on(disk, nic, **change)
    error = await portal.refused(vms.begin_create_or_update(GROUP, "other", body))
    assert (error.status_code, error.error.code) == (400, "InvalidParameter")
    assert word in error.error.message


async def test_a_disk_that_is_not_marked_stays_with_what_is_on_it(portal, machines):
    nic = await portal.make_nic("nic")
    vms = portal.compute.virtual_machines
    body = portal.vm_body(nic.id)
    del body["properties"]["storageProfile"]["osDisk"]["deleteOption"]
    vm = await finished(vms.begin_create_or_update(GROUP, "vm", body))
    await finished(vms.begin_delete(GROUP, "vm"))
    disk = await portal.compute.disks.get(GROUP, vm.storage_profile.os_disk.name)
    assert (disk.disk_state, disk.managed_by) == ("Unattached", None)
    again = await portal.make_nic("again")
    await finished(vms.begin_create_or_update(GROUP, "vm", vm_on(disk, again)))
    [spec] = machines.specs.values()
    assert spec.disk in machines.disks


async def test_a_snapshot_that_fails_has_no_content(portal, machines):
    vm = await portal.make_vm()
    await portal.fault("snapshots.put", "fail")
    body = copy_of(vm.storage_profile.os_disk.managed_disk.id)
    snapshots = portal.compute.snapshots
    await portal.refused(snapshots.begin_create_or_update(GROUP, "copy", body))
    assert (await snapshots.get(GROUP, "copy")).provisioning_state == "Failed"
    assert not machines.disks
    await finished(snapshots.begin_create_or_update(GROUP, "copy", body))
    assert machines.disks, "a second PUT makes it"


async def test_operations_of_disks_and_snapshots_have_a_path_of_their_own(portal):
    await snapshot_of_vm(portal)

    disk = portal.answer("PUT", "/snapshots/vm-copy")[1]
    vm = portal.answer("PUT", "/virtualMachines/vm")[1]
    assert "/locations/westeurope/DiskOperations/" in disk["Azure-AsyncOperation"]
    assert "/locations/westeurope/operations/" in vm["Azure-AsyncOperation"]
    poll, _, query = disk["Location"].partition("?")
    assert poll == disk["Azure-AsyncOperation"].partition("?")[0]
    assert query.startswith("monitor=true&")
