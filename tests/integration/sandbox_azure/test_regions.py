"""Local Azure's regions differ, and resources of one VM must be in one region."""

import pytest

GROUP = "rg"
HERE, THERE = "westeurope", "northeurope"


async def done(begin):
    return await (await begin).result()


def address(label=""):
    properties = {"publicIPAllocationMethod": "Static"}
    if label:
        properties["dnsSettings"] = {"domainNameLabel": label}
    return {"location": THERE, "sku": {"name": "Standard"}, "properties": properties}


async def sizes(portal, region):
    skus = portal.compute.resource_skus.list(filter=f"location eq '{region}'")
    return {each.name async for each in skus if each.resource_type == "virtualMachines"}


async def test_each_region_has_its_own_sizes_and_one_that_is_none_has_none(portal):
    assert await sizes(portal, HERE) - await sizes(portal, THERE) == {"Standard_NV6ads_A10_v5"}
    assert await sizes(portal, "atlantis") == set()


async def test_each_region_has_its_own_limits(portal):
    limits = {}
    for region in (HERE, THERE):
        usages = {u.name.value: u async for u in portal.compute.usage.list(region)}
        limits[region] = (usages["cores"].limit, usages["standardBSFamily"].limit)

    assert limits == {HERE: (200, 150), THERE: (100, 75)}


@pytest.mark.parametrize("part", ["subnet", "publicIPAddress", "networkSecurityGroup"])
async def test_an_interface_takes_nothing_of_another_region(portal, part):
    vnet = await portal.make_network()
    ip = await portal.make_address("ip")
    groups = portal.network.network_security_groups
    nsg = await done(groups.begin_create_or_update(GROUP, "nsg", {"location": HERE}))
    there = {"location": THERE, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}}
    subnet = {"name": "servers", "properties": {"addressPrefix": "10.1.0.0/16"}}
    there["properties"]["subnets"] = [subnet]
    networks = portal.network.virtual_networks
    far = await done(networks.begin_create_or_update(GROUP, "far", there))
    inside = {"subnet": {"id": (vnet if part == "subnet" else far).subnets[0].id}}
    if part == "publicIPAddress":
        inside["publicIPAddress"] = {"id": ip.id}
    properties = {"ipConfigurations": [{"name": "public", "properties": inside}]}
    if part == "networkSecurityGroup":
        properties["networkSecurityGroup"] = {"id": nsg.id}
    begin = portal.network.network_interfaces.begin_create_or_update

    error = await portal.refused(begin(GROUP, "nic", {"location": THERE, "properties": properties}))

    assert (error.status_code, error.error.code) == (400, "InvalidResourceReference")
    assert "in the same region" in error.error.message


async def test_a_machine_takes_no_interface_of_another_region(portal):
    nic = await portal.make_nic("nic")
    body = portal.vm_body(nic.id) | {"location": THERE}
    begin = portal.compute.virtual_machines.begin_create_or_update

    error = await portal.refused(begin(GROUP, "vm", body))

    assert error.error.code == "InvalidResourceReference"


async def test_a_disk_is_not_copied_to_another_region(portal):
    vm = await portal.make_vm()
    source = vm.storage_profile.os_disk.managed_disk.id
    creation = {"createOption": "Copy", "sourceResourceId": source}
    body = {"location": THERE, "properties": {"creationData": creation}}

    error = await portal.refused(
        portal.compute.snapshots.begin_create_or_update(GROUP, "copy", body)
    )

    assert "in the same region" in error.error.message


async def test_a_dns_label_is_taken_in_one_region_alone(portal):
    await portal.make_address("one", dnsSettings={"domainNameLabel": "nb-otter"})
    addresses, check = portal.network.public_ip_addresses, portal.network
    assert (await check.check_dns_name_availability(THERE, domain_name_label="nb-otter")).available

    await done(addresses.begin_create_or_update(GROUP, "two", address("nb-otter")))

    error = await portal.refused(
        addresses.begin_create_or_update(GROUP, "three", address("nb-otter"))
    )
    assert "nb-otter.northeurope.cloudapp.azure.com" in error.error.message


async def test_a_fault_of_a_region_strikes_there_alone(portal):
    await portal.fault("*", "server_error", count=1000, location="North Europe")
    addresses = portal.network.public_ip_addresses

    await portal.make_address("here")
    await addresses.get(GROUP, "here")
    usages = [each async for each in portal.compute.usage.list(HERE)]
    error = await portal.refused(addresses.begin_create_or_update(GROUP, "there", address()))

    assert usages
    assert error.status_code == 500
    with pytest.raises(Exception, match="Internal"):
        _ = [each async for each in portal.compute.usage.list(THERE)]


async def test_a_fault_finds_the_region_of_what_is_there_already(portal):
    await portal.make_vm()
    await portal.fault("virtualMachines.deallocate", "server_error", location=THERE)
    await (await portal.compute.virtual_machines.begin_deallocate(GROUP, "vm")).result()
    await portal.sandbox("DELETE", "faults")
    await portal.fault("virtualMachines.start", "server_error", location=HERE)

    error = await portal.refused(portal.compute.virtual_machines.begin_start(GROUP, "vm"))

    assert error.status_code == 500


async def test_resources_tell_their_region(portal):
    await portal.make_address("here")

    [found] = (await portal.sandbox("GET", "resources"))["resources"]

    assert found["location"] == HERE
