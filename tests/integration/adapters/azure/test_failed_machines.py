"""A machine that Azure fails to create: put again, then made anew, and its data is kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot, MachineCommand, PowerState
from provisioning.core.model.server import Snapshot
from provisioning.platforms.catalogue import get_platform
from tests.integration.adapters.azure.conftest import power_of

UBUNTU, WINDOWS = get_platform("ubuntu"), get_platform("windows")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")
WINDOWS_BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "")
UNTIL = datetime(2026, 12, 1, 9, tzinfo=UTC)
VM = "nb-abc123def456-vm"


@pytest.fixture
async def prepared(cloud, server):
    """A cloud that has everything of the server but its machine."""
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    return cloud


async def patiently(attempt, most=10):
    """Call until it no longer says `NotYet`, as a step does; return the reasons."""
    reasons = []
    for _ in range(most):
        try:
            await attempt()
        except NotYet as not_yet:
            reasons.append(not_yet.reason)
        else:
            return reasons
    raise AssertionError(f"not done after {most} attempts: {reasons}")


async def sent(azure, method, name=VM):
    return len([r for r in await azure.requests() if (r.method, r.name) == (method, name)])


async def vm(azure):
    return next(each for each in await azure.resources() if each["name"] == VM)


async def test_a_machine_that_azure_failed_to_create_is_put_again(prepared, server, azure):
    await azure.fault("virtualMachines.put", "fail")

    reasons = await patiently(lambda: prepared.machines.ensure_vm(server, UBUNTU, BOOT))

    assert reasons == ["Azure failed to create the machine (attempt 1 of 5); the bot tries again"]
    assert await sent(azure, "PUT") == 2
    assert await power_of(prepared, server.id) is PowerState.RUNNING
    assert (await vm(azure))["tags"]["nb-puts"] == "2"


async def test_another_process_puts_a_failed_machine_again(prepared, config, server, azure):
    await azure.fault("virtualMachines.put", "fail")
    with pytest.raises(NotYet):
        await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    restarted = open_cloud(config, "test", OpenPorts())

    await restarted.machines.ensure_vm(server, UBUNTU, BOOT)
    await restarted.account.close()

    assert await power_of(prepared, server.id) is PowerState.RUNNING


async def test_a_machine_that_keeps_failing_is_made_anew_with_its_address(prepared, server, azure):
    before = await prepared.network.endpoint(server)
    await azure.fault("virtualMachines.put", "fail", count=3)

    await patiently(lambda: prepared.machines.ensure_vm(server, UBUNTU, BOOT))

    assert (await sent(azure, "PUT"), await sent(azure, "DELETE")) == (4, 1)
    assert await prepared.network.endpoint(server) == before
    assert await power_of(prepared, server.id) is PowerState.RUNNING
    await prepared.inventory.delete_server(server.id)
    assert await prepared.inventory.resources() == [], "its parts are deleted with it as ever"


async def test_a_machine_that_never_succeeds_ends_the_creation(prepared, server, azure):
    await azure.fault("virtualMachines.put", "fail", count=100)

    with pytest.raises(PermanentError) as ended:
        await patiently(lambda: prepared.machines.ensure_vm(server, UBUNTU, BOOT))

    assert ended.value.code == "MachineFailed"
    assert "5 times (InternalExecutionError)" in ended.value.reason
    await prepared.inventory.delete_server(server.id)
    assert await prepared.inventory.resources() == []


async def test_windows_which_takes_no_second_password_is_made_anew(prepared, server, azure):
    server = replace(server, platform="windows")
    await azure.fault("virtualMachines.put", "fail")

    await patiently(lambda: prepared.machines.ensure_vm(server, WINDOWS, WINDOWS_BOOT))

    assert await sent(azure, "DELETE") == 1
    assert await power_of(prepared, server.id) is PowerState.RUNNING


async def test_a_machine_that_vanishes_while_it_is_made_is_put_again(prepared, server, azure):
    await azure.fault("virtualMachines.put", "slow", factor=20)
    first = asyncio.create_task(prepared.machines.ensure_vm(server, UBUNTU, BOOT))
    await azure.wait_for_request("PUT", VM)
    first.cancel()
    await azure.fault("virtualMachines.get", "answer", status=404, code="ResourceNotFound")

    await patiently(lambda: prepared.machines.ensure_vm(server, UBUNTU, BOOT))

    assert await power_of(prepared, server.id) is PowerState.RUNNING


@pytest.fixture
async def kept(prepared, server):
    """A cloud with a snapshot of the deleted server's disk, and its address and interface."""
    server = replace(server, snapshot=Snapshot("word", UNTIL))
    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    await prepared.snapshots.ensure_copy(server, UNTIL)
    await prepared.inventory.delete_server(server.id, keep="word")
    await prepared.network.ensure_address(server)
    await prepared.network.ensure_nic(server)
    return prepared, server


@pytest.mark.parametrize("failures", [1, 4])
async def test_a_restored_machine_that_fails_is_made_again_on_the_same_disk(kept, azure, failures):
    cloud, server = kept
    await azure.fault("virtualMachines.put", "fail", count=failures)
    disk = "nb-abc123def456-disk"
    made = await sent(azure, "PUT", disk)

    await patiently(lambda: cloud.machines.ensure_vm_of_copy(server, UBUNTU))

    assert await power_of(cloud, server.id) is PowerState.RUNNING
    assert await sent(azure, "DELETE", disk) == 0
    assert await sent(azure, "PUT", disk) == made + 1, "one disk, made once"
    (body,) = [(await azure.body_of("PUT", VM))["properties"]["storageProfile"]["osDisk"]]
    assert (body["createOption"], body["deleteOption"]) == ("Attach", "Delete")


@pytest.mark.long
async def test_a_machine_that_keeps_hold_of_a_disk_with_data_is_not_deleted(kept, azure):
    cloud, server = kept
    await azure.fault("virtualMachines.put", "fail", count=3)
    await azure.fault("virtualMachines.patch", "server_error", count=100)

    with pytest.raises(AssertionError, match="not done"):
        await patiently(lambda: cloud.machines.ensure_vm_of_copy(server, UBUNTU))

    deletes = [r.name for r in await azure.requests() if r.method == "DELETE"]
    assert deletes.count(VM) == 1, "the deletion that was asked for, before"


@pytest.mark.parametrize("operation", ["disks.put", "snapshots.put"])
async def test_a_failed_disk_or_snapshot_is_made_again(kept, azure, operation):
    cloud, server = kept
    server = replace(server, snapshot=Snapshot("other", UNTIL)) if "snap" in operation else server
    await azure.fault(operation, "fail")
    if "snap" in operation:
        await cloud.machines.ensure_vm(server, UBUNTU, BOOT)
        await patiently(lambda: cloud.snapshots.ensure_copy(server, UNTIL))
    else:
        await patiently(lambda: cloud.machines.ensure_vm_of_copy(server, UBUNTU))


@pytest.mark.parametrize("kind", ["networkInterfaces", "publicIPAddresses"])
async def test_a_failed_interface_or_address_is_made_again(cloud, server, azure, kind):
    await cloud.network.ensure_network("westeurope")
    await azure.fault(f"{kind}.put", "fail")

    async def both():
        await cloud.network.ensure_address(server)
        await cloud.network.ensure_nic(server)

    await patiently(both)

    assert (await cloud.network.endpoint(server)).public_address


@pytest.mark.parametrize("kind", ["virtualNetworks", "networkSecurityGroups"])
async def test_a_failed_network_is_made_again(cloud, azure, kind):
    await azure.fault(f"{kind}.put", "fail")

    await cloud.network.ensure_network("westeurope")


async def test_a_failed_change_of_size_is_made_again(prepared, server, azure):
    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    await prepared.machines.stop(server.id)
    await azure.fault("virtualMachines.patch", "fail")

    await patiently(lambda: prepared.machines.resize(server.id, "Standard_B2ms"))

    assert await sent(azure, "PATCH") == 2
    assert (await vm(azure))["provisioningState"] == "Succeeded"


@pytest.mark.parametrize("action", ["deallocate", "start", "restart"])
async def test_a_failed_change_of_power_is_made_again(prepared, server, azure, action):
    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    if action == "start":
        await prepared.machines.stop(server.id)
    await azure.fault(f"virtualMachines.{action}", "fail")
    change = {"deallocate": "stop"}.get(action, action)

    await patiently(lambda: getattr(prepared.machines, change)(server.id))

    asked = [r for r in await azure.requests() if r.name == action]
    assert len(asked) == 2


@pytest.mark.parametrize("kind", ["runCommands", "extensions"])
async def test_a_command_or_extension_that_azure_failed_is_put_again(prepared, server, azure, kind):
    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    await azure.fault(f"virtualMachines/{kind}.put", "fail")
    command = MachineCommand("hello", "echo hello", {}, {})

    async def ensure():
        if kind == "runCommands":
            await prepared.commands.ensure_command(server, command)
        else:
            extension = "Microsoft.HpcCompute:NvidiaGpuDriverLinux:1.6"
            await prepared.commands.ensure_extension(server, extension)

    reasons = await patiently(ensure)

    assert len(reasons) == 1
    puts = [r for r in await azure.requests() if r.method == "PUT" and f"/{kind}/" in r.path]
    assert len(puts) == 2


async def test_a_command_that_azure_fails_every_time_ends(prepared, server, azure):
    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)
    await azure.fault("virtualMachines/runCommands.put", "fail", count=100)
    command = MachineCommand("hello", "echo hello", {}, {})

    with pytest.raises(PermanentError) as ended:
        await patiently(lambda: prepared.commands.ensure_command(server, command))

    assert ended.value.code == "VMExtensionProvisioningError"
