"""Refusals by local Azure's own rules, with no fault set."""

import asyncio

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

GROUP = "rg"


async def refused_vm(portal, **changes):
    nic = await portal.make_nic("nic")
    begin = portal.compute.virtual_machines.begin_create_or_update
    return await portal.refused(begin(GROUP, "vm", portal.vm_body(nic.id, **changes)))


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"size": "Standard_F2s_v2"}, 409, "SkuNotAvailable"),
        ({"size": "Standard_Nonsense"}, 400, "InvalidParameter"),
        ({"image": "Canonical:UbuntuServer:12.04"}, 404, "PlatformImageNotFound"),
        ({"custom_data": "x" * 65_536}, 400, "InvalidParameter"),
        ({"tags": {str(n): "x" for n in range(51)}}, 400, "InvalidTagCount"),
        ({"tags": {"owner": "x" * 257}}, 400, "InvalidTagNameOrValue"),
    ],
)
async def test_a_machine_that_can_not_be_is_refused(portal, machines, changes, status, code):
    error = await refused_vm(portal, **changes)

    assert (error.status_code, error.error.code) == (status, code)
    assert not machines.specs
    with pytest.raises(ResourceNotFoundError):
        await portal.compute.virtual_machines.get(GROUP, "vm")


async def test_the_longest_custom_data_is_taken(portal):
    assert (await portal.make_vm(custom_data="x" * 65_535)).provisioning_state == "Succeeded"


async def test_a_full_family_is_refused_with_its_numbers(portal):
    await portal.make_vm("one", size="Standard_NC4as_T4_v3")
    await portal.make_vm("two", size="Standard_NC4as_T4_v3")

    error = await refused_vm(portal, size="Standard_NC4as_T4_v3")

    assert (error.status_code, error.error.code) == (409, "OperationNotAllowed")
    assert "approved Standard NCASv3_T4 Family Cores quota" in error.error.message
    assert "Current Limit: 8, Current Usage: 8, Additional Required: 4" in error.error.message
    usages = {u.name.value: u async for u in portal.compute.usage.list("westeurope")}
    assert usages["Standard NCASv3_T4 Family"].current_value == 8
    assert usages["cores"].current_value == 8


async def test_a_stopped_machine_still_counts_for_the_quota(portal):
    await portal.make_vm()
    await (await portal.compute.virtual_machines.begin_deallocate(GROUP, "vm")).result()

    usages = {u.name.value: u async for u in portal.compute.usage.list("westeurope")}

    assert usages["standardBSFamily"].current_value == 2
    assert usages["virtualMachines"].current_value == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"computer_name": "badger"},
        {"custom_data": "something else"},
        {"image": "SUSE:opensuse-leap-15-6:gen2"},
    ],
)
async def test_what_a_machine_was_made_of_can_not_be_changed(portal, changes):
    vm = await portal.make_vm()
    nic_id = vm.network_profile.network_interfaces[0].id
    begin = portal.compute.virtual_machines.begin_create_or_update

    error = await portal.refused(begin(GROUP, "vm", portal.vm_body(nic_id, **changes)))

    assert (error.status_code, error.error.code) == (409, "PropertyChangeNotAllowed")


async def test_a_second_put_of_the_same_machine_makes_no_second_one(portal, machines):
    vm = await portal.make_vm()
    nic_id = vm.network_profile.network_interfaces[0].id
    begin = portal.compute.virtual_machines.begin_create_or_update

    again = await (await begin(GROUP, "vm", portal.vm_body(nic_id))).result()

    assert again.vm_id == vm.vm_id
    assert len(machines.specs) == 1
    assert portal.answer("PUT", "/virtualMachines/vm")[0] == 200


async def test_an_interface_serves_one_machine(portal):
    vm = await portal.make_vm()
    nic_id = vm.network_profile.network_interfaces[0].id
    begin = portal.compute.virtual_machines.begin_create_or_update

    error = await portal.refused(begin(GROUP, "other", portal.vm_body(nic_id)))

    assert (error.status_code, error.error.code) == (400, "NicInUse")


async def test_an_interface_stays_reserved_for_a_while_for_the_machine_without_room(portal):
    await portal.sandbox("POST", "speed", {"speed": 100})
    error = await refused_vm(portal, size="Standard_F2s_v2")
    assert error.error.code == "SkuNotAvailable"
    nics = portal.network.network_interfaces

    error = await portal.refused(nics.begin_delete(GROUP, "nic"))

    assert (error.status_code, error.error.code) == (400, "NicReservedForAnotherVm")
    async with asyncio.timeout(120):
        while True:
            try:
                await (await nics.begin_delete(GROUP, "nic")).result()
                break
            except HttpResponseError:
                await asyncio.sleep(0.02)


async def test_a_reserved_interface_serves_its_own_machine(portal):
    await portal.sandbox("POST", "speed", {"speed": 100})
    await refused_vm(portal, size="Standard_F2s_v2")
    nic = await portal.network.network_interfaces.get(GROUP, "nic")
    begin = portal.compute.virtual_machines.begin_create_or_update

    error = await portal.refused(begin(GROUP, "other", portal.vm_body(nic.id)))
    assert error.error.code == "NicReservedForAnotherVm"

    vm = await (await begin(GROUP, "vm", portal.vm_body(nic.id))).result()
    assert vm.provisioning_state == "Succeeded"


async def test_nothing_is_made_before_its_provider_is_registered(empty_portal):
    body = {"location": "westeurope"}
    await empty_portal.resources.resource_groups.create_or_update(GROUP, body)

    error = await empty_portal.refused(empty_portal.make_address("ip"))

    assert (error.status_code, error.error.code) == (409, "MissingSubscriptionRegistration")
    assert "namespace 'Microsoft.Network'" in error.error.message


async def test_nothing_is_made_in_a_group_that_is_not_there(portal):
    begin = portal.network.public_ip_addresses.begin_create_or_update

    error = await portal.refused(begin("ghost", "ip", {"location": "westeurope"}))

    assert (error.status_code, error.error.code) == (404, "ResourceGroupNotFound")


async def test_what_is_missing_is_named(portal):
    error = await portal.refused(portal.compute.virtual_machines.get(GROUP, "ghost"))

    assert (error.status_code, error.error.code) == (404, "ResourceNotFound")
    assert "Microsoft.Compute/virtualMachines/ghost" in error.error.message


async def test_an_unknown_region_is_refused(portal):
    begin = portal.network.public_ip_addresses.begin_create_or_update

    error = await portal.refused(begin(GROUP, "ip", {"location": "atlantis"}))

    assert error.error.code == "LocationNotAvailableForResourceType"


async def test_a_disk_of_a_machine_stays(portal):
    await portal.make_vm()
    [disk] = [each async for each in portal.compute.disks.list_by_resource_group(GROUP)]

    error = await portal.refused(portal.compute.disks.begin_delete(GROUP, disk.name))

    assert (error.status_code, error.error.code) == (409, "OperationNotAllowed")


async def test_a_resource_does_not_move_to_another_region(portal):
    begin = portal.network.public_ip_addresses.begin_create_or_update
    made = await (await begin(GROUP, "ip", {"location": "West Europe"})).result()
    assert made.location == "westeurope"

    error = await portal.refused(begin(GROUP, "ip", {"location": "northeurope"}))

    assert (error.status_code, error.error.code) == (409, "InvalidResourceLocation")


async def test_two_power_actions_at_once_are_refused(portal):
    await portal.make_vm()
    vms = portal.compute.virtual_machines
    await portal.fault("virtualMachines.deallocate", "slow", factor=1000)
    await vms.begin_deallocate(GROUP, "vm", polling=False)

    error = await portal.refused(vms.begin_start(GROUP, "vm"))

    assert (error.status_code, error.error.code) == (409, "Conflict")


async def test_a_start_without_room_leaves_the_machine_deallocated(portal, machines):
    await portal.make_vm()
    vms = portal.compute.virtual_machines
    await (await vms.begin_deallocate(GROUP, "vm")).result()
    await portal.fault("virtualMachines.start", "AllocationFailed")

    error = await portal.refused(vms.begin_start(GROUP, "vm"))

    assert error.error.code == "AllocationFailed"
    view = await vms.instance_view(GROUP, "vm")
    assert "PowerState/deallocated" in [status.code for status in view.statuses]
    assert not machines.running


async def test_a_failed_delete_can_be_repeated(portal):
    await portal.make_vm()
    vms = portal.compute.virtual_machines
    await portal.fault("virtualMachines.delete", "fail")
    await portal.refused(vms.begin_delete(GROUP, "vm"))
    assert (await vms.get(GROUP, "vm")).provisioning_state == "Failed"

    await (await vms.begin_delete(GROUP, "vm")).result()

    with pytest.raises(ResourceNotFoundError):
        await vms.get(GROUP, "vm")


async def test_an_interface_that_is_deleted_alone_leaves_its_address(portal):
    await portal.make_nic("nic")

    await (await portal.network.network_interfaces.begin_delete(GROUP, "nic")).result()

    assert (await portal.network.public_ip_addresses.get(GROUP, "nic-ip")).ip_address


async def test_a_machine_changes_its_size_within_the_quota(portal):
    vm = await portal.make_vm(size="Standard_D2s_v5")
    nic_id = vm.network_profile.network_interfaces[0].id
    begin = portal.compute.virtual_machines.begin_create_or_update

    changed = await (
        await begin(GROUP, "vm", portal.vm_body(nic_id, size="Standard_D4s_v5"))
    ).result()

    assert changed.hardware_profile.vm_size == "Standard_D4s_v5"
    usages = {u.name.value: u async for u in portal.compute.usage.list("westeurope")}
    assert usages["cores"].current_value == 4
