"""The owner in Azure's tags."""

from dataclasses import replace

from provisioning.core.model.cloud import Boot
from provisioning.platforms.catalogue import get_platform

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
