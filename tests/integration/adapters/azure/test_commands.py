"""Windows machines in Azure: their password, and the commands of Azure's agent."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.machines.port import CommandResult
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import PermanentError
from provisioning.core.model.cloud import Boot
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.first_boot import first_boot

WINDOWS = get_platform("windows")


@pytest.fixture
def pair(tmp_path):
    return InstallationKeys(tmp_path / "keys").host_key("abc123def456")


@pytest.fixture
def boot(pair) -> Boot:
    return first_boot(WINDOWS, "quiet-otter", "ssh-ed25519 AAAA bot", pair, 22)


@pytest.fixture
def windows_server(server):
    return replace(server, platform="windows", size="Standard_B2ms")


async def create(cloud, server, boot):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, WINDOWS, boot)


async def puts(azure, word):
    return [r for r in await azure.requests() if r.method == "PUT" and f"/{word}/" in r.path]


async def test_a_windows_machine_is_made_with_a_password_that_is_not_stored(
    cloud, windows_server, boot, azure
):
    await create(cloud, windows_server, boot)
    body = await azure.body_of("PUT", "nb-abc123def456-vm")
    profile = body["properties"]["osProfile"]
    assert profile["adminPassword"] == "***", "the recorder strikes it out"
    assert profile["computerName"] == "nb-abc123def456"
    assert "customData" not in profile
    assert "linuxConfiguration" not in profile
    updates = profile["windowsConfiguration"]["patchSettings"]
    assert updates["automaticByPlatformSettings"] == {"rebootSetting": "Never"}
    assert body["properties"]["storageProfile"]["imageReference"]["sku"] == (
        "2025-datacenter-azure-edition"
    )
    assert "adminPassword" not in json.dumps(await azure.resources())


async def test_two_machines_never_share_a_password(config):
    from provisioning.adapters.azure.vm_requests import _windows_profile

    boot = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "")
    server = type("Server", (), {"id": "abc123def456"})
    made = {_windows_profile(server, boot)["adminPassword"] for _ in range(20)}
    assert len(made) == 20
    assert all(len(each) > 60 for each in made)


async def test_a_release_that_lacks_ssh_gets_its_extension_first(
    cloud, windows_server, boot, azure, machines
):
    await create(cloud, windows_server, boot)
    [extension] = WINDOWS.release("2022").extensions
    assert WINDOWS.release("2025").extensions == ()
    for _ in range(2):
        await cloud.commands.ensure_extension(windows_server, extension)
    [put] = await puts(azure, "extensions")
    assert (
        put.body["properties"] | {"publisher": "Microsoft.Azure.OpenSSH"} == put.body["properties"]
    )
    assert put.body["properties"]["type"] == "WindowsOpenSSH"
    assert "OpenSSH.Server" in machines.scripts[0]


async def test_a_gpu_gets_nvidias_driver_and_no_secure_boot(cloud, windows_server, boot, azure):
    ubuntu = get_platform("ubuntu")
    size = "Standard_NV6ads_A10_v5"
    server = replace(windows_server, platform="ubuntu", release="24.04", size=size)
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, ubuntu, replace(boot, command=None))
    (extension,) = ubuntu.extensions_of("24.04", size)
    for _ in range(2):
        await cloud.commands.ensure_extension(server, extension)
    (put,) = await puts(azure, "extensions")
    said = put.body["properties"]
    assert (said["publisher"], said["type"], said["typeHandlerVersion"]) == (
        "Microsoft.HpcCompute",
        "NvidiaGpuDriverLinux",
        "1.6",
    )
    body = await azure.body_of("PUT", f"nb-{server.id}-vm")
    security = body["properties"]["securityProfile"]
    assert security["securityType"] == "TrustedLaunch"
    assert security["uefiSettings"] == {"secureBootEnabled": False, "vTpmEnabled": True}


async def test_the_command_is_run_once_with_the_host_key_as_a_secret(
    cloud, windows_server, boot, pair, azure, machines
):
    await create(cloud, windows_server, boot)
    for _ in range(2):
        await cloud.commands.ensure_command(windows_server, boot.command)
    [put] = await puts(azure, "runCommands")
    assert put.body["properties"]["protectedParameters"] == "***"
    [script] = machines.scripts
    host_key = boot.command.secrets["HostKey"]
    assert f"-HostKey '{host_key}'" in script
    traffic = json.dumps([r.body for r in await azure.requests()])
    assert host_key not in traffic
    assert pair.private_openssh.splitlines()[1] not in traffic


async def test_azure_keeps_no_secret_after_a_command(
    cloud, windows_server, boot, machines, tmp_path, local_azure
):
    await create(cloud, windows_server, boot)
    await cloud.commands.ensure_command(windows_server, boot.command)
    # Its file follows a change within a moment, and is written while the command runs too.
    local_azure.azure.state.save()
    kept = [
        path.read_text(errors="replace")
        for path in Path(tmp_path / "azure").rglob("*")
        if path.is_file()
    ]
    assert kept
    assert not any(boot.command.secrets["HostKey"] in text for text in kept)


async def test_another_process_waits_for_a_command_that_was_begun(
    cloud, windows_server, boot, config, azure, machines
):
    await create(cloud, windows_server, boot)
    await azure.fault("virtualMachines/runCommands.put", "slow", factor=5)
    begun = asyncio.create_task(cloud.commands.ensure_command(windows_server, boot.command))
    await azure.wait_for_request("PUT", "nb-open-ssh")
    begun.cancel()
    other = open_cloud(config, "test", OpenPorts())
    try:
        await other.commands.ensure_command(windows_server, boot.command)
    finally:
        await other.account.close()
    assert len(await puts(azure, "runCommands")) == 1
    assert len(machines.scripts) == 1


@pytest.mark.parametrize("waited_for", [True, False])
async def test_a_failing_script_ends_the_creation_with_its_last_lines(
    cloud, windows_server, boot, machines, azure, waited_for
):
    await create(cloud, windows_server, boot)
    machines.answer = CommandResult(1, "", "The access to sshd_config could not be set.")
    if not waited_for:
        with pytest.raises(PermanentError):
            await cloud.commands.ensure_command(windows_server, boot.command)
    with pytest.raises(PermanentError) as failed:
        await cloud.commands.ensure_command(windows_server, boot.command)
    assert failed.value.code == "VMExtensionProvisioningError"
    assert "The access to sshd_config could not be set." in failed.value.reason
    assert boot.command.secrets["HostKey"] not in failed.value.reason


async def test_commands_and_extensions_go_with_their_machine(
    cloud, windows_server, boot, azure, machines
):
    await create(cloud, windows_server, boot)
    await cloud.commands.ensure_extension(windows_server, WINDOWS.release("2022").extensions[0])
    await cloud.commands.ensure_command(windows_server, boot.command)
    assert {each.type.rpartition("/")[2] for each in await cloud.inventory.resources()} == {
        "virtualMachines",
        "networkInterfaces",
        "publicIPAddresses",
        "disks",
    }
    await cloud.inventory.delete_server(windows_server.id)
    assert [r for r in await azure.resources() if "abc123def456" in r["id"]] == []


def test_the_repr_of_a_boot_has_no_secret(boot):
    assert boot.command.secrets["HostKey"] not in repr(boot)
