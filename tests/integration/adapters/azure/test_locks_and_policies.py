"""What the subscription's owner forbids by locks and policies, and what people read of it."""

from dataclasses import replace

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NEEDS_ADMIN, PermanentError
from provisioning.core.model.cloud import Boot, MachineCommand, PowerState
from provisioning.platforms.catalogue import get_platform
from tests.integration.adapters.azure.conftest import power_of

UBUNTU = get_platform("ubuntu")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")
LOCK = "providers/Microsoft.Authorization/locks/keep"
POLICY = "providers/Microsoft.Authorization/policyAssignments/rule"
DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions/"
LOCATIONS = "e56962a6-4747-49cd-b67b-bf8b01975c4c"
SIZES = "cccc23c7-8427-4f53-ad12-b6a63eb452b3"
NO_PUBLIC = "83a86a26-fd1f-447c-b59d-e51f44264114"
TAG = "871b6d14-10aa-478d-b590-94f262ecfa99"


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)
    await cloud.commands.ensure_command(server, MachineCommand("hello", "echo hello", {}, {}))


async def assign(azure, definition, **parameters):
    given = {name: {"value": value} for name, value in parameters.items()}
    properties = {
        "displayName": "House rule",
        "policyDefinitionId": DEFINITIONS + definition,
        "parameters": given,
    }
    assert await azure.as_owner("PUT", POLICY, properties) == 201


async def refusal(request):
    with pytest.raises(PermanentError) as refused:
        await request
    assert refused.value.code in NEEDS_ADMIN
    assert "NOTEBOOK_BOT" not in refused.value.reason
    return refused.value


async def test_a_group_that_is_locked_keeps_its_servers_until_it_is_unlocked(cloud, server, azure):
    await create(cloud, server)
    await azure.as_owner("PUT", LOCK, {"level": "CanNotDelete"})

    error = await refusal(cloud.inventory.delete_server(server.id))

    assert error.code == "ScopeLocked"
    assert "A lock in Azure on `resourceGroups/group` does not let the bot delete" in error.reason
    assert "`nb-abc123def456-vm`" in error.reason
    assert await power_of(cloud, server.id) is PowerState.RUNNING
    await azure.as_owner("DELETE", LOCK)
    await cloud.inventory.delete_server(server.id)
    assert await cloud.inventory.resources() == []


async def test_a_locked_interface_does_not_keep_the_machine(cloud, server, azure):
    await create(cloud, server)
    nic = "providers/Microsoft.Network/networkInterfaces/nb-abc123def456-nic"
    await azure.as_owner("PUT", f"{nic}/{LOCK}", {"level": "CanNotDelete"})

    error = await refusal(cloud.inventory.delete_server(server.id))

    assert "A lock in Azure on `networkInterfaces/nb-abc123def456-nic`" in error.reason
    left = {each.name for each in await cloud.inventory.resources()}
    assert left == {"nb-abc123def456-nic", "nb-abc123def456-ip"}
    assert "Left in Azure, where it may cost money: `nb-abc123def456-ip`" in error.reason


async def test_a_read_only_group_changes_nothing(cloud, server, azure):
    await create(cloud, server)
    await azure.as_owner("PUT", LOCK, {"level": "ReadOnly"})

    for change in (
        cloud.machines.stop(server.id),
        cloud.machines.restart(server.id),
        cloud.machines.resize(server.id, "Standard_B2ms"),
        cloud.inventory.tag_server(replace(server, owner="U_BOB")),
        cloud.network.ensure_address(replace(server, id="other1")),
    ):
        assert (await refusal(change)).code == "ScopeLocked"
    assert await power_of(cloud, server.id) is PowerState.RUNNING


async def test_a_demanded_tag_is_named_and_the_setting_meets_it(cloud, config, server, azure):
    await assign(azure, TAG, tagName="CostCenter")

    error = await refusal(cloud.network.ensure_network("westeurope"))

    assert "policy `House rule`" in error.reason
    assert "NOTEBOOK_BOT_AZURE__TAGS" in error.remedy
    tagged = open_cloud(replace(config, tags="CostCenter=42"), "test", OpenPorts())
    await create(tagged, server)
    assert await power_of(tagged, server.id) is PowerState.RUNNING
    await tagged.account.close()


async def test_a_policy_against_public_addresses_names_the_interface(cloud, server, azure):
    await assign(azure, NO_PUBLIC)
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)

    error = await refusal(cloud.network.ensure_nic(server))

    assert "policy `House rule`" in error.reason
    assert "`nb-abc123def456-nic`" in error.reason


@pytest.mark.parametrize(
    ("definition", "parameters"),
    [
        (SIZES, {"listOfAllowedSKUs": ["Standard_D2s_v5"]}),
        (LOCATIONS, {"listOfAllowedLocations": ["northeurope"]}),
    ],
)
async def test_a_policy_against_a_size_or_region_ends_the_creation(
    cloud, server, azure, definition, parameters
):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await assign(azure, definition, **parameters)

    error = await refusal(cloud.machines.ensure_vm(server, UBUNTU, BOOT))

    assert "policy `House rule`" in error.reason
    assert "`nb-abc123def456-vm`" in error.reason
    await cloud.inventory.delete_server(server.id)
    assert await cloud.inventory.resources() == []
