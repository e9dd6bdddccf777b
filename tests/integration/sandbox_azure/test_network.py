"""VNets, subnets, security groups, public addresses and interfaces."""

import asyncio

import pytest
from azure.core.exceptions import ResourceNotFoundError

GROUP = "rg"


async def finished(poller):
    return await (await poller).result()


def subnet(prefix):
    return {"properties": {"addressPrefix": prefix}}


async def test_a_network_is_made_with_its_subnets(portal):
    vnet = await portal.make_network()

    assert vnet.provisioning_state == "Succeeded"
    assert vnet.subnets[0].id == f"{vnet.id}/subnets/servers"
    status, headers = portal.answer("PUT", "/virtualNetworks/vnet")
    assert status == 201
    assert "Azure-AsyncOperation" in headers


async def test_a_subnet_is_added_listed_and_removed(portal):
    await portal.make_network()
    subnets = portal.network.subnets

    made = await finished(
        subnets.begin_create_or_update(GROUP, "vnet", "more", subnet("10.0.1.0/24"))
    )
    assert made.provisioning_state == "Succeeded"
    assert [each.name async for each in subnets.list(GROUP, "vnet")] == ["servers", "more"]
    await finished(subnets.begin_delete(GROUP, "vnet", "more"))

    with pytest.raises(ResourceNotFoundError):
        await subnets.get(GROUP, "vnet", "more")


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("192.168.0.0/24", "NetcfgInvalidSubnet"),
        ("300.1.1.1/24", "InvalidAddressPrefixFormat"),
    ],
)
async def test_a_subnet_must_fit_into_its_network(portal, prefix, code):
    await portal.make_network()
    begin = portal.network.subnets.begin_create_or_update

    error = await portal.refused(begin(GROUP, "vnet", "more", subnet(prefix)))

    assert (error.status_code, error.error.code) == (400, code)


async def test_two_writes_of_subnets_at_once_are_refused(portal):
    await portal.make_network()
    begin = portal.network.subnets.begin_create_or_update
    await portal.fault("virtualNetworks/subnets.put", "slow", factor=1000)
    await begin(GROUP, "vnet", "one", subnet("10.0.1.0/24"))

    error = await portal.refused(begin(GROUP, "vnet", "two", subnet("10.0.2.0/24")))

    assert (error.status_code, error.error.code) == (409, "AnotherOperationInProgress")


async def test_a_used_subnet_and_its_network_stay(portal):
    await portal.make_nic("nic")

    for begin in (
        portal.network.subnets.begin_delete(GROUP, "vnet", "servers"),
        portal.network.virtual_networks.begin_delete(GROUP, "vnet"),
    ):
        error = await portal.refused(begin)
        assert (error.status_code, error.error.code) == (400, "InUseSubnetCannotBeDeleted")


async def test_the_address_of_a_machine_is_public_and_private_at_once(portal):
    nic = await portal.make_nic("nic")

    address = await portal.network.public_ip_addresses.get(GROUP, "nic-ip")

    assert address.ip_address.startswith("127.64.0.")
    assert nic.ip_configurations[0].private_ip_address == address.ip_address
    assert nic.provisioning_state == "Succeeded"
    assert portal.answer("PUT", "/networkInterfaces/nic")[0] == 201


async def test_addresses_made_at_once_differ(portal):
    made = await asyncio.gather(*(portal.make_address(f"ip{n}") for n in range(5)))

    assert len({each.ip_address for each in made}) == 5


async def test_a_dns_label_that_is_taken_is_refused(portal):
    first = await portal.make_address("one", dnsSettings={"domainNameLabel": "nb-otter"})
    assert first.dns_settings.fqdn == first.ip_address

    error = await portal.refused(
        portal.make_address("two", dnsSettings={"domainNameLabel": "nb-otter"})
    )

    assert (error.status_code, error.error.code) == (400, "DnsRecordInUse")
    check = portal.network.check_dns_name_availability
    assert not (await check("westeurope", domain_name_label="nb-otter")).available
    assert (await check("westeurope", domain_name_label="nb-badger")).available


@pytest.mark.parametrize("label", ["Otter", "-x", "a", "x" * 64, "o_o"])
async def test_a_malformed_dns_label_is_refused(portal, label):
    error = await portal.refused(portal.make_address("one", dnsSettings={"domainNameLabel": label}))

    assert error.status_code == 400


async def test_an_address_in_use_stays(portal):
    await portal.make_nic("nic")

    error = await portal.refused(portal.network.public_ip_addresses.begin_delete(GROUP, "nic-ip"))

    assert (error.status_code, error.error.code) == (400, "PublicIPAddressCannotBeDeleted")


async def test_an_interface_of_a_machine_stays(portal):
    await portal.make_vm()

    error = await portal.refused(portal.network.network_interfaces.begin_delete(GROUP, "vm-nic"))

    assert (error.status_code, error.error.code) == (400, "NicInUse")


async def test_an_interface_needs_what_it_refers_to(portal):
    vnet = await portal.make_network()
    inside = {
        "subnet": {"id": vnet.subnets[0].id},
        "publicIPAddress": {"id": f"{vnet.id.rsplit('/', 2)[0]}/publicIPAddresses/ghost"},
    }
    configurations = [{"name": "public", "properties": inside}]
    body = {"location": "westeurope", "properties": {"ipConfigurations": configurations}}
    begin = portal.network.network_interfaces.begin_create_or_update

    error = await portal.refused(begin(GROUP, "nic", body))

    assert (error.status_code, error.error.code) == (400, "InvalidResourceReference")


async def test_the_rules_of_a_security_group_are_kept(portal):
    rule = {
        "name": "ssh",
        "properties": {
            "priority": 100,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefix": "*",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "22",
        },
    }
    groups = portal.network.network_security_groups
    body = {"location": "westeurope", "properties": {"securityRules": [rule]}}
    made = await finished(groups.begin_create_or_update(GROUP, "nsg", body))
    assert [each.destination_port_range for each in made.security_rules] == ["22"]

    body["properties"]["securityRules"] = [rule, {**rule, "name": "again"}]
    error = await portal.refused(groups.begin_create_or_update(GROUP, "nsg", body))

    assert error.status_code == 400
