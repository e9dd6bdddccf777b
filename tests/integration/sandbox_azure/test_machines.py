"""Virtual machines: create, read, power, delete, and the answer to each request."""

import base64

import pytest
from azure.core.exceptions import ResourceNotFoundError

GROUP = "rg"


async def power_of(portal, name="vm"):
    view = await portal.compute.virtual_machines.instance_view(GROUP, name)
    return next(s.code for s in view.statuses if s.code.startswith("PowerState/"))


async def test_a_created_machine_runs_with_what_the_request_said(portal, machines):
    vm = await portal.make_vm(computer_name="quiet-otter", custom_data="#cloud-config\nx: 1\n")

    assert vm.provisioning_state == "Succeeded"
    [spec] = machines.specs.values()
    assert spec.machine_id in machines.running
    assert (spec.hostname, spec.admin_user, spec.os) == ("quiet-otter", "bot", "linux")
    assert spec.custom_data == b"#cloud-config\nx: 1\n"
    assert spec.authorized_keys == ("ssh-ed25519 AAAA bot",)
    assert spec.image == "Canonical:ubuntu-24_04-lts:server"
    assert (
        spec.address
        == (await portal.network.public_ip_addresses.get(GROUP, "vm-nic-ip")).ip_address
    )


async def test_creating_answers_201_with_an_operation_to_poll(portal):
    await portal.make_vm()

    status, headers = portal.answer("PUT", "/virtualMachines/vm")
    assert status == 201
    assert "/providers/Microsoft.Compute/locations/" in headers["Azure-AsyncOperation"]
    assert "Location" not in headers


async def test_custom_data_is_never_told(portal):
    await portal.make_vm(custom_data="a host key")

    vm = await portal.compute.virtual_machines.get(GROUP, "vm")
    assert vm.os_profile.custom_data is None
    traffic = await portal.sandbox("GET", "traffic")
    answers = [e["response"] for e in traffic["entries"] if e["path"].startswith("/subscriptions")]
    assert base64.b64encode(b"a host key").decode() not in str(answers)


@pytest.mark.parametrize(
    ("action", "state", "runs"),
    [
        ("deallocate", "PowerState/deallocated", False),
        ("power_off", "PowerState/stopped", False),
        ("restart", "PowerState/running", True),
    ],
)
async def test_power_actions_reach_the_machine(portal, machines, action, state, runs):
    await portal.make_vm()
    begin = getattr(portal.compute.virtual_machines, f"begin_{action}")

    await (await begin(GROUP, "vm")).result()

    assert await power_of(portal) == state
    assert bool(machines.running) == runs
    status, headers = portal.answer("POST", "/" + action.replace("power_off", "powerOff"))
    assert status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(headers)


async def test_a_deallocated_machine_starts_again(portal, machines):
    await portal.make_vm()
    await (await portal.compute.virtual_machines.begin_deallocate(GROUP, "vm")).result()

    await (await portal.compute.virtual_machines.begin_start(GROUP, "vm")).result()

    assert await power_of(portal) == "PowerState/running"
    assert machines.running


async def test_one_list_tells_the_power_of_all_machines(portal):
    await portal.make_vm("one")
    await portal.make_vm("two")
    await (await portal.compute.virtual_machines.begin_deallocate(GROUP, "two")).result()

    found = {}
    async for vm in portal.compute.virtual_machines.list_all(status_only="true"):
        found[vm.name] = [s.code for s in vm.instance_view.statuses]

    assert "PowerState/running" in found["one"]
    assert "PowerState/deallocated" in found["two"]


async def test_deleting_a_machine_takes_what_was_marked_along(portal, machines):
    await portal.make_vm()
    other = await portal.make_address("other-ip")

    await (await portal.compute.virtual_machines.begin_delete(GROUP, "vm")).result()

    assert not machines.specs
    left = (await portal.sandbox("GET", "resources"))["resources"]
    assert sorted(each["name"] for each in left) == [other.name, "vnet"]
    status, headers = portal.answer("DELETE", "/virtualMachines/vm")
    assert status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(headers)


async def test_deleting_what_is_not_there_answers_204(portal):
    await (await portal.compute.virtual_machines.begin_delete(GROUP, "ghost")).result()

    assert portal.answer("DELETE", "/virtualMachines/ghost")[0] == 204


async def test_a_delete_ends_a_creation_under_way(portal, machines):
    nic = await portal.make_nic("nic")
    vms = portal.compute.virtual_machines
    await portal.fault("virtualMachines.put", "slow", factor=1000)
    creation = await vms.begin_create_or_update(GROUP, "vm", portal.vm_body(nic.id))

    await (await vms.begin_delete(GROUP, "vm")).result()

    error = await portal.refused(creation.result())
    assert error.error.code == "OperationPreempted"
    assert not machines.specs
    with pytest.raises(ResourceNotFoundError):
        await vms.get(GROUP, "vm")


async def test_tags_are_patched_without_a_new_machine(portal, machines):
    await portal.make_vm(tags={"owner": "ana"})
    before = dict(machines.specs)

    poller = await portal.compute.virtual_machines.begin_update(
        GROUP, "vm", {"tags": {"owner": "bob"}}
    )

    assert (await poller.result()).tags == {"owner": "bob"}
    assert machines.specs == before
