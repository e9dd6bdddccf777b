"""Servers in several regions of one installation, by the real SDK against local Azure."""

import asyncio
from dataclasses import replace

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import PermanentError
from provisioning.core.model.cloud import Boot, PowerState
from provisioning.core.model.server import Snapshot
from provisioning.platforms.catalogue import get_platform

UBUNTU = get_platform("ubuntu")
UBUNTU_IMAGE = UBUNTU.release("24.04").image
BOOT = Boot("azureuser", "ssh-ed25519 AAAA", "#cloud-config\n")
HERE, THERE = "westeurope", "northeurope"
A10, T4 = "Standard_NV6ads_A10_v5", "Standard_NC4as_T4_v3"


@pytest.fixture
async def far(config):
    """A cloud whose installation may use a second region too."""
    cloud = open_cloud(replace(config, other_regions=(THERE,)), "test", OpenPorts())
    await cloud.account.check()
    yield cloud
    await cloud.account.close()


@pytest.fixture
def there(server):
    return replace(server, region=THERE)


async def made(cloud, server):
    await cloud.network.ensure_network(server.region)
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def where(azure):
    """Region of each resource, by its name."""
    return {each["name"]: each["location"] for each in await azure.resources()}


async def test_each_region_has_its_own_network_and_the_first_one_the_plain_names(far, azure):
    await asyncio.gather(*(far.network.ensure_network(each) for each in (HERE, THERE, HERE, THERE)))

    assert await where(azure) == {
        "nb-vnet": HERE,
        "nb-nsg": HERE,
        "nb-vnet-northeurope": THERE,
        "nb-nsg-northeurope": THERE,
    }


async def test_everything_of_a_server_is_in_its_region_and_goes(far, azure, there):
    await made(far, there)

    found = {name: at for name, at in (await where(azure)).items() if there.id in name}
    assert len(found) == 4
    assert set(found.values()) == {THERE}
    assert (await far.machines.find(there.id)).region == THERE

    await far.inventory.delete_server(there.id)
    assert set(await where(azure)) == {"nb-vnet-northeurope", "nb-nsg-northeurope"}


async def test_a_server_stops_starts_and_is_resized_where_it_is(far, there):
    await made(far, there)

    await far.machines.stop(there.id)
    assert (await far.capacity.check_resize(there, "Standard_B2ms")).cores == 2
    await far.machines.resize(there.id, "Standard_B2ms")
    await far.machines.start(there.id)

    machine = await far.machines.find(there.id)
    assert (machine.size, machine.power) == ("Standard_B2ms", PowerState.RUNNING)


async def test_a_snapshot_and_its_restored_disk_stay_in_the_region(far, azure, there):
    await made(far, there)
    kept = replace(there, snapshot=Snapshot("word", there.created_at))
    await far.machines.stop(there.id)
    await far.snapshots.ensure_copy(kept, there.created_at)
    await far.inventory.delete_server(there.id, keep="word")
    assert (await where(azure))["nb-abc123def456-copy-word"] == THERE

    await far.network.ensure_network(THERE)
    await far.network.ensure_address(there)
    await far.network.ensure_nic(there)
    await far.machines.ensure_vm_of_copy(kept, UBUNTU)

    assert (await far.machines.find(there.id)).power is PowerState.RUNNING
    assert (await where(azure))["nb-abc123def456-disk"] == THERE


async def test_sizes_and_quotas_are_those_of_the_region_that_is_asked(far, server):
    here = {each.name for each in await far.capacity.sizes(HERE)}
    there = {each.name for each in await far.capacity.sizes(THERE)}
    quotas = {at: await far.capacity.quotas(at) for at in (HERE, THERE)}
    limits = {
        at: next(each.limit for each in found if each.title == "Total Regional vCPUs")
        for at, found in quotas.items()
    }

    assert here - there == {A10}
    assert limits[HERE] > limits[THERE]
    gpu = replace(server, size=A10, region=THERE)
    with pytest.raises(PermanentError, match=f"`{A10}` in northeurope"):
        await far.capacity.check_server(gpu)
    await far.capacity.check_server(replace(gpu, region=HERE))


async def test_a_full_region_leaves_the_other_one_its_room(far, there, other_server):
    await made(far, replace(there, size=T4))  # northeurope gives half of the usual quotas

    fitting = {
        at: {each.name for each in await far.capacity.fitting_sizes(at)} for at in (HERE, THERE)
    }

    assert T4 in fitting[HERE] - fitting[THERE]
    with pytest.raises(PermanentError, match="quota in northeurope is full"):
        await far.capacity.check_server(replace(other_server, size=T4, region=THERE))
    await far.capacity.check_server(replace(other_server, size=T4))


async def test_images_are_asked_for_in_their_region(far, azure):
    await azure.fault("images/*", "PlatformImageNotFound", location=THERE)

    assert await far.images.missing([UBUNTU_IMAGE], HERE) == []
    assert await far.images.missing([UBUNTU_IMAGE], THERE) == [UBUNTU_IMAGE]


@pytest.mark.parametrize("kind", ["AllocationFailed", "SkuNotAvailable", "quota"])
async def test_a_refusal_names_the_region_that_refused(far, azure, there, kind):
    await azure.fault("virtualMachines.put", kind)

    with pytest.raises(PermanentError, match="in northeurope"):
        await made(far, there)


async def test_a_start_that_is_refused_names_the_servers_own_region_and_size(far, azure, there):
    await made(far, there)
    await far.machines.stop(there.id)
    await azure.fault("virtualMachines.start", "AllocationFailed")

    with pytest.raises(PermanentError, match="`Standard_B2s` in northeurope"):
        await far.machines.start(there.id)


async def test_an_existing_installation_keeps_its_network_when_another_region_becomes_first(
    cloud, config, azure, server, other_server
):
    await made(cloud, server)
    moved = open_cloud(replace(config, region=THERE, other_regions=(HERE,)), "test", OpenPorts())
    await moved.account.check()

    await made(moved, replace(other_server, region=HERE))
    await moved.network.ensure_network(THERE)
    await moved.account.close()

    at = await where(azure)
    assert (at["nb-vnet"], at["nb-vnet-northeurope"]) == (HERE, THERE)
    assert "nb-vnet-westeurope" not in at


async def test_a_process_that_did_not_see_the_network_finds_it_for_the_interface(
    far, config, there
):
    await far.network.ensure_network(THERE)
    await far.network.ensure_address(there)
    later = open_cloud(replace(config, other_regions=(THERE,)), "test", OpenPorts())

    await later.network.ensure_nic(there)
    await later.account.close()

    assert (await far.network.endpoint(there)).private_address


async def test_an_unknown_region_is_refused_at_start(config):
    cloud = open_cloud(replace(config, other_regions=(THERE, "atlantis")), "test", OpenPorts())

    with pytest.raises(PermanentError, match="in `atlantis`") as refused:
        await cloud.account.check()
    assert "NOTEBOOK_BOT_AZURE__OTHER_REGIONS" in refused.value.remedy
    await cloud.account.close()
