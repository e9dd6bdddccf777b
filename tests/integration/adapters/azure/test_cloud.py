"""The methods of `AzureCloud`'s abilities: the real SDK against the local Azure."""

import asyncio
import base64
from dataclasses import replace

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.adapters.azure.names import dns_label
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot, PowerState
from provisioning.platforms.catalogue import get_platform
from tests.integration.adapters.azure.conftest import power_of

UBUNTU = get_platform("ubuntu")
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA bot", "#cloud-config\nhostname: quiet-otter\n")


async def create(cloud, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, UBUNTU, BOOT)


async def writes(azure):
    return [(r.method, r.name) for r in await azure.requests() if r.method in ("PUT", "DELETE")]


async def test_sizes_are_those_that_can_run_the_images(cloud):
    sizes = {size.name: size for size in await cloud.capacity.sizes("westeurope")}

    assert sizes["Standard_B2s"].cores == 2
    assert sizes["Standard_B2s"].memory_gb == 4
    assert sizes["Standard_B2s"].family
    assert "Standard_D2ps_v5" not in sizes, "the images can't run on ARM"
    assert "Standard_A1_v2" not in sizes, "the images are of generation 2"


async def test_sizes_are_asked_for_once_an_hour(cloud, azure):
    for _ in range(3):
        await cloud.capacity.sizes("westeurope")

    assert len([r for r in await azure.requests() if r.path.endswith("/skus")]) == 1


async def test_a_server_that_fits_passes_the_check_of_capacity(cloud, server):
    await cloud.capacity.check_server(server)


async def test_a_size_that_is_not_sold_is_refused_before_anything_is_made(cloud, server, azure):
    with pytest.raises(PermanentError) as refused:
        await cloud.capacity.check_server(replace(server, size="Standard_Unheard_Of"))

    assert refused.value.code == "SkuNotAvailable"
    assert "`Standard_Unheard_Of` in westeurope" in refused.value.reason
    assert await azure.resources() == []


async def test_a_family_whose_quota_is_used_up_is_refused_with_its_numbers(cloud, server):
    servers = [replace(server, id=f"gpu{n}", size="Standard_NC4as_T4_v3") for n in range(3)]
    for each in servers[:2]:
        await cloud.capacity.check_server(each)
        await create(cloud, each)

    with pytest.raises(PermanentError) as refused:
        await cloud.capacity.check_server(servers[2])

    assert refused.value.code == "QuotaExceeded"
    assert "Family vCPUs has 8 of 8 cores in use, and 4 more are needed" in refused.value.reason


async def test_a_size_without_trusted_launch_starts_without_it(cloud, server, azure):
    await create(cloud, replace(server, size="Standard_DC2s_v2"))

    body = await azure.body_of("PUT", "nb-abc123def456-vm")
    assert "securityProfile" not in body["properties"]


async def test_a_creation_makes_what_the_server_needs_and_tags_it(cloud, server, azure):
    await create(cloud, server)

    owned = {r["name"]: r for r in await azure.resources() if r["name"].startswith("nb-abc")}
    assert set(owned) >= {"nb-abc123def456-vm", "nb-abc123def456-nic", "nb-abc123def456-ip"}
    for name in ("vm", "nic", "ip"):
        assert owned[f"nb-abc123def456-{name}"]["tags"] == {
            "nb-server": "abc123def456",
            "nb-owner": "U_ANA",
            "nb-name": "quiet-otter",
            "nb-installation": "test",
        }


async def test_the_machine_is_asked_for_as_the_platform_says(cloud, server, azure):
    await create(cloud, server)

    body = await azure.body_of("PUT", "nb-abc123def456-vm")
    properties = body["properties"]
    assert properties["hardwareProfile"] == {"vmSize": "Standard_B2s"}
    assert properties["storageProfile"]["imageReference"]["offer"] == "ubuntu-24_04-lts"
    assert properties["storageProfile"]["osDisk"]["deleteOption"] == "Delete"
    assert properties["securityProfile"]["securityType"] == "TrustedLaunch"
    system = properties["osProfile"]
    assert base64.b64decode(system["customData"]).decode() == BOOT.custom_data
    assert system["linuxConfiguration"]["disablePasswordAuthentication"] is True
    assert "adminPassword" not in system
    (nic,) = properties["networkProfile"]["networkInterfaces"]
    assert nic["properties"]["deleteOption"] == "Delete"


async def test_address_and_security_group_are_attached_as_the_interface_is_made(
    cloud, server, azure
):
    await create(cloud, server)

    properties = (await azure.body_of("PUT", "nb-abc123def456-nic"))["properties"]
    assert properties["networkSecurityGroup"]["id"].endswith("/networkSecurityGroups/nb-nsg")
    (configuration,) = properties["ipConfigurations"]
    address = configuration["properties"]["publicIPAddress"]
    assert address["id"].endswith("/publicIPAddresses/nb-abc123def456-ip")
    assert address["properties"]["deleteOption"] == "Delete"


async def test_only_ssh_and_https_are_open_to_the_outside(config, azure):
    cloud = open_cloud(
        replace(config, ssh_source="192.0.2.0/24"), "test", OpenPorts(ssh=2222, https=8443)
    )
    await cloud.account.check()
    await cloud.network.ensure_network("westeurope")
    await cloud.account.close()

    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    opened = {
        (r["properties"]["sourceAddressPrefix"], r["properties"]["destinationPortRange"])
        for r in rules
        if r["properties"]["access"] == "Allow"
    }
    assert opened == {("192.0.2.0/24", "2222"), ("*", "8443")}


async def test_servers_of_one_network_do_not_reach_each_other(cloud, azure):
    await cloud.network.ensure_network("westeurope")
    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    first = min(rules, key=lambda each: each["properties"]["priority"])["properties"]
    network = "VirtualNetwork"
    assert (first["access"], first["direction"], first["protocol"]) == ("Deny", "Inbound", "*")
    assert (first["sourceAddressPrefix"], first["destinationAddressPrefix"]) == (network, network)
    assert (first["sourcePortRange"], first["destinationPortRange"]) == ("*", "*")


async def test_an_authoritys_port_is_open_only_where_it_is_asked_for(cloud, config, azure):
    await cloud.network.ensure_network("westeurope")
    assert "80" not in str((await azure.body_of("PUT", "nb-nsg"))["properties"])
    other = open_cloud(config, "test", OpenPorts(http=80))

    await other.network.ensure_network("westeurope")
    await other.account.close()

    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    assert "80" in {r["properties"]["destinationPortRange"] for r in rules}


async def test_other_ports_change_the_security_group_that_is_there(cloud, config, azure):
    await cloud.network.ensure_network("westeurope")
    other = open_cloud(config, "test", OpenPorts(https=8443))

    await other.network.ensure_network("westeurope")
    await other.account.close()

    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    assert "8443" in {r["properties"]["destinationPortRange"] for r in rules}
    assert [name for _, name in await writes(azure)].count("nb-vnet") == 1


def a_rule(name, priority, **more):
    properties = {
        "priority": priority,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": "*",
        "sourceAddressPrefix": "203.0.113.0/24",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    return {"name": name, "properties": {**properties, **more}}


async def test_a_rule_that_an_admin_added_is_left_alone(cloud, config, azure):
    await cloud.network.ensure_network("westeurope")
    await azure.add_rules(a_rule("blocked-by-the-security-team", 300))
    before = await writes(azure)
    same = open_cloud(config, "test", OpenPorts())
    other = open_cloud(config, "test", OpenPorts(https=8443))

    await same.network.ensure_network("westeurope")
    assert await writes(azure) == before, "the bot's own rules are as they should be"
    await other.network.ensure_network("westeurope")
    await same.account.close()
    await other.account.close()

    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    assert {each["name"] for each in rules} == {
        *("between-servers", "ssh", "https", "blocked-by-the-security-team"),
    }


async def test_a_port_of_the_bots_own_that_is_no_longer_needed_is_closed(cloud, config, azure):
    open_port = open_cloud(config, "test", OpenPorts(http=80))
    await open_port.network.ensure_network("westeurope")
    await open_port.account.close()

    await cloud.network.ensure_network("westeurope")

    rules = (await azure.body_of("PUT", "nb-nsg"))["properties"]["securityRules"]
    assert "http" not in {each["name"] for each in rules}


async def test_the_second_run_of_each_step_changes_nothing(cloud, server, azure):
    await create(cloud, server)
    before = await writes(azure)

    await create(cloud, server)

    assert await writes(azure) == before


async def test_another_process_finds_the_network_that_is_there(cloud, config, azure):
    await cloud.network.ensure_network("westeurope")
    before = await writes(azure)
    other = open_cloud(config, "test", OpenPorts())

    await other.network.ensure_network("westeurope")
    await other.account.close()

    assert await writes(azure) == before


async def test_processes_that_make_the_network_at_the_same_time_all_succeed(config, azure):
    clouds = [open_cloud(config, "test", OpenPorts()) for _ in range(4)]
    await clouds[0].account.check()

    await asyncio.gather(
        *(each.network.ensure_network("westeurope") for each in clouds for _ in range(2))
    )
    for each in clouds:
        await each.account.close()

    states = {r["name"] for r in await azure.resources()}
    assert states == {"nb-vnet", "nb-nsg"}


async def test_after_a_crash_the_same_creation_is_waited_for(cloud, config, server, azure):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await azure.fault("virtualMachines.put", "slow", factor=10)
    first = asyncio.create_task(cloud.machines.ensure_vm(server, UBUNTU, BOOT))
    await azure.wait_for_request("PUT", "nb-abc123def456-vm")
    first.cancel()
    restarted = open_cloud(config, "test", OpenPorts())

    await restarted.machines.ensure_vm(server, UBUNTU, BOOT)

    assert await power_of(restarted, server.id) is PowerState.RUNNING
    await restarted.account.close()
    assert [name for _, name in await writes(azure)].count("nb-abc123def456-vm") == 1


async def test_a_foreign_machine_of_that_name_is_left_alone(cloud, server, azure):
    await create(cloud, server)
    await azure.retag("nb-abc123def456-vm", {"nb-server": "other"})

    with pytest.raises(PermanentError) as refused:
        await cloud.machines.ensure_vm(server, UBUNTU, BOOT)

    assert refused.value.code == "NameTaken"


async def test_the_endpoint_has_both_addresses_and_the_dns_name(cloud, server):
    await create(cloud, server)

    endpoint = await cloud.network.endpoint(server)

    assert endpoint.public_address.startswith("127.")
    assert endpoint.private_address.count(".") == 3
    assert endpoint.hostname


async def test_there_is_no_endpoint_before_the_interface(cloud, server):
    with pytest.raises(NotYet):
        await cloud.network.endpoint(server)
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)

    with pytest.raises(NotYet):
        await cloud.network.endpoint(server)


async def test_a_taken_dns_label_is_replaced_by_the_next_one(cloud, server, azure):
    await azure.fault("publicIPAddresses.put", "DnsRecordInUse", count=2)

    await cloud.network.ensure_address(server)

    body = await azure.body_of("PUT", "nb-abc123def456-ip")
    assert body["properties"]["dnsSettings"]["domainNameLabel"] == dns_label(server.id, 2)


async def test_a_machine_is_stopped_and_started(cloud, server):
    await create(cloud, server)
    assert await power_of(cloud, server.id) is PowerState.RUNNING

    await cloud.machines.stop(server.id)
    assert await power_of(cloud, server.id) is PowerState.DEALLOCATED

    await cloud.machines.start(server.id)
    assert await power_of(cloud, server.id) is PowerState.RUNNING


async def test_stopping_a_stopped_machine_sends_no_request(cloud, server, azure):
    await create(cloud, server)
    await cloud.machines.stop(server.id)
    await cloud.machines.stop(server.id)

    assert len([r for r in await azure.requests() if r.path.endswith("/deallocate")]) == 1


async def test_a_machine_that_does_not_exist_is_absent(cloud):
    assert await power_of(cloud, "nothing") is PowerState.ABSENT


async def test_the_list_has_this_installations_servers_only(cloud, config, server):
    await create(cloud, server)
    other = open_cloud(config, "other", OpenPorts())
    await other.network.ensure_address(replace(server, id="other1"))
    await other.account.close()

    found = await cloud.inventory.resources()

    assert {resource.server_id for resource in found} == {"abc123def456"}
    assert {resource.owner for resource in found} == {"U_ANA"}
    assert {resource.type.rpartition("/")[2] for resource in found} >= {
        "virtualMachines",
        "networkInterfaces",
        "publicIPAddresses",
    }
