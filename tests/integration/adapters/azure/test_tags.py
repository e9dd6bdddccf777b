"""The owner in Azure's tags."""

from dataclasses import replace
from datetime import UTC, datetime

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.model.cloud import Boot, MachineCommand
from provisioning.core.model.server import Snapshot
from provisioning.platforms.catalogue import get_platform

UNTIL = datetime(2026, 12, 1, 9, tzinfo=UTC)
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n{}\n")


async def owners(cloud):
    return {each.name: each.owner for each in await cloud.inventory.resources()}


async def test_everything_of_a_server_carries_its_new_owner(cloud, server, azure):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, get_platform("ubuntu"), BOOT)
    before = {each["name"]: each["tags"] for each in await azure.resources()}

    given = replace(server, owner="U_BOB")
    await cloud.inventory.tag_server(given)

    changed = await owners(cloud)
    assert set(changed.values()) == {"U_BOB"}
    assert {name.rpartition("-")[2] for name in changed} == {"vm", "nic", "ip", "disk"}
    for each in await azure.resources():
        others = {k: v for k, v in (each["tags"] or {}).items() if k != "nb-owner"}
        assert others == {k: v for k, v in (before[each["name"]] or {}).items() if k != "nb-owner"}

    await cloud.inventory.tag_server(given)
    patches = [r for r in await azure.requests() if r.method == "PATCH"]
    assert len(patches) == len(changed), "the second time, it is so already"


async def test_a_deleted_server_gets_no_tags(cloud, server):
    await cloud.inventory.tag_server(server)
    assert await owners(cloud) == {}


async def test_the_installations_own_tags_are_on_everything_that_the_bot_creates(
    config, server, azure
):
    server = replace(server, snapshot=Snapshot("word", UNTIL))
    cloud = open_cloud(replace(config, tags="CostCenter=42, Team=data"), "test", OpenPorts())
    await cloud.account.check()
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, get_platform("ubuntu"), BOOT)
    await cloud.commands.ensure_command(server, MachineCommand("hello", "echo hello", {}, {}))
    await cloud.commands.ensure_extension(server, "Microsoft.HpcCompute:NvidiaGpuDriverLinux:1.6")
    await cloud.snapshots.ensure_copy(server, UNTIL)
    await cloud.inventory.delete_server(server.id, keep="word")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm_of_copy(server, get_platform("ubuntu"))
    await cloud.account.close()

    puts = [r for r in await azure.requests() if r.method == "PUT"]
    assert len(puts) == 13, "group, network, all parts, command, extension, snapshot, disk"
    for each in puts:
        assert each.body["tags"].items() >= {"CostCenter": "42", "Team": "data"}.items(), each.path


async def test_tags_of_a_changed_setting_come_with_the_next_change_of_tags(
    cloud, config, server, azure
):
    await cloud.network.ensure_address(server)
    tagged = open_cloud(replace(config, tags="CostCenter=42"), "test", OpenPorts())

    await tagged.inventory.tag_server(server)
    await tagged.account.close()

    (address,) = await azure.resources()
    assert address["tags"]["CostCenter"] == "42"
    assert address["tags"]["nb-owner"] == "U_ANA"
