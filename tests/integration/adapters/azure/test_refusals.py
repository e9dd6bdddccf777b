"""Azure's refusals through the real SDK, and the sentences for the owner."""

from dataclasses import replace

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot, PowerState
from provisioning.platforms.catalogue import get_platform
from tests.integration.adapters.azure.conftest import power_of

UBUNTU = get_platform("ubuntu")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\n")


@pytest.fixture
async def prepared(cloud, server):
    """A cloud that has everything of the server but its machine."""
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    return cloud


async def refused_machine(cloud, server):
    with pytest.raises((PermanentError, NotYet)) as refused:
        await cloud.machines.ensure_vm(server, UBUNTU, BOOT)
    return refused.value


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("SkuNotAvailable", "does not sell `Standard_B2s` in westeurope"),
        ("OperationNotAllowed", "has 10 of 10 cores in use, and 2 more are needed"),
        ("PlatformImageNotFound", "no longer has this platform's image"),
        ("InvalidParameter", "refused a value when the bot tried to create the machine"),
        ("PropertyChangeNotAllowed", "Delete the server and create it again"),
        ("MissingSubscriptionRegistration", "is not registered for"),
        ("AuthorizationFailed", "no right to `Microsoft.Compute/virtualMachines/write`"),
    ],
)
async def test_a_refused_machine_is_explained(prepared, server, azure, code, told):
    await azure.fault("virtualMachines.put", code)

    error = await refused_machine(prepared, server)

    assert isinstance(error, PermanentError)
    assert told in error.reason


@pytest.mark.parametrize(
    "code",
    ["AllocationFailed", "ZonalAllocationFailed", "OverconstrainedAllocationRequest"],
)
async def test_a_machine_without_capacity_fails_and_is_explained(prepared, server, azure, code):
    await azure.fault("virtualMachines.put", code)

    error = await refused_machine(prepared, server)

    assert isinstance(error, PermanentError)
    assert error.code == code
    assert "no capacity for `Standard_B2s` in westeurope" in error.reason


async def test_a_failed_machine_is_explained_the_same_after_a_restart(
    prepared, config, server, azure
):
    await azure.fault("virtualMachines.put", "AllocationFailed")
    first = await refused_machine(prepared, server)
    restarted = open_cloud(config, "test", OpenPorts())

    second = await refused_machine(restarted, server)
    await restarted.account.close()

    assert (second.code, second.reason) == (first.code, first.reason)


async def test_a_machine_that_runs_despite_a_silent_system_is_accepted(prepared, server, azure):
    await azure.fault("virtualMachines.put", "OSProvisioningTimedOut")

    await prepared.machines.ensure_vm(server, UBUNTU, BOOT)

    assert await power_of(prepared, server.id) is PowerState.RUNNING


async def test_an_interface_reserved_for_another_machine_is_tried_again(prepared, server, azure):
    await azure.fault("virtualMachines.put", "NicReservedForAnotherVm")

    assert isinstance(await refused_machine(prepared, server), NotYet)


@pytest.mark.parametrize(
    "code", ["PublicIPCountLimitReached", "IPv4StandardSkuPublicIpCountLimitReached"]
)
async def test_a_full_limit_of_addresses_is_explained(cloud, server, azure, code):
    await azure.fault("publicIPAddresses.put", code)

    with pytest.raises(PermanentError, match="All 1000 public addresses"):
        await cloud.network.ensure_address(server)


async def test_taken_dns_labels_are_explained(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "DnsRecordInUse", count=100)

    with pytest.raises(PermanentError) as refused:
        await cloud.network.ensure_address(server)

    assert refused.value.code == "DnsRecordInUse"


@pytest.mark.parametrize(
    "code", ["AnotherOperationInProgress", "RetryableErrorDueToAnotherOperation"]
)
async def test_another_process_that_creates_the_network_is_waited_for(cloud, azure, code):
    await azure.fault("virtualNetworks.put", code, count=2)

    await cloud.network.ensure_network("westeurope")


async def test_throttling_is_ridden_out(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "throttle", retry_after=0.1)

    await cloud.network.ensure_address(server)


async def test_throttling_that_lasts_is_not_yet(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "throttle", count=100, retry_after=0.05)

    with pytest.raises(NotYet):
        await cloud.network.ensure_address(server)


async def test_an_error_of_azures_own_is_ridden_out(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "server_error")

    await cloud.network.ensure_address(server)


async def test_a_connection_that_is_cut_is_ridden_out(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "cut")

    await cloud.network.ensure_address(server)


async def test_a_removed_network_is_created_again(cloud, config, server, azure):
    await cloud.network.ensure_network("westeurope")
    await azure.remove_network()
    await cloud.network.ensure_address(server)

    await cloud.network.ensure_nic(server)

    assert {r["name"] for r in await azure.resources()} >= {"nb-vnet", "nb-nsg"}


async def test_a_resource_group_that_was_removed_names_its_setting(cloud, config, server, azure):
    await azure.remove_group()

    with pytest.raises(PermanentError) as refused:
        await cloud.network.ensure_address(server)

    assert refused.value.code == "ResourceGroupNotFound"
    assert "NOTEBOOK_BOT_AZURE__RESOURCE_GROUP" in refused.value.remedy


async def test_an_unreachable_cloud_is_not_yet_within_seconds(config, server, unused_tcp_port):
    down = f"https://127.0.0.1:{unused_tcp_port}"
    cloud = open_cloud(replace(config, management_url=down), "test", OpenPorts())

    with pytest.raises(NotYet, match="does not answer"):
        await cloud.network.ensure_address(server)
    await cloud.account.close()
