"""Azure's offers and lists: sizes, quotas, images, prices, groups, resources, traffic."""

import asyncio

import pytest
from azure.core.exceptions import ResourceNotFoundError

from bot.sandbox.machines.image.cache import stands_for

GROUP = "rg"


async def test_sizes_tell_what_a_client_chooses_by(portal):
    skus = portal.compute.resource_skus.list(filter="location eq 'northeurope'")
    found = {each.name: each async for each in skus if each.resource_type == "virtualMachines"}

    capabilities = {c.name: c.value for c in found["Standard_D4s_v5"].capabilities}
    assert (capabilities["vCPUs"], capabilities["MemoryGB"]) == ("4", "16")
    assert found["Standard_D4s_v5"].locations == ["northeurope"]
    assert found["Standard_D4s_v5"].restrictions == []
    assert [r.type for r in found["Standard_F2s_v2"].restrictions] == ["Location"]
    assert [r.type for r in found["Standard_E4s_v5"].restrictions] == ["Zone"]
    gpu = {c.name: c.value for c in found["Standard_NC4as_T4_v3"].capabilities}
    assert gpu["GPUs"] == "1"


async def test_each_family_has_a_quota(portal):
    skus = [each async for each in portal.compute.resource_skus.list()]
    usages = {u.name.value: u async for u in portal.compute.usage.list("westeurope")}

    families = {each.family for each in skus if each.resource_type == "virtualMachines"}

    assert families <= set(usages)
    assert usages["cores"].name.localized_value == "Total Regional vCPUs"
    assert usages["cores"].limit >= 120  # sixty servers of two cores


async def test_a_quota_belongs_to_a_region(portal):
    await portal.make_vm()

    used = {}
    for region in ("westeurope", "northeurope"):
        usages = {u.name.value: u async for u in portal.compute.usage.list(region)}
        used[region] = usages["cores"].current_value

    assert used == {"westeurope": 2, "northeurope": 0}


async def test_addresses_have_a_quota_too(portal):
    await portal.make_address("ip")

    usages = {u.name.value: u async for u in portal.network.usages.list("westeurope")}

    assert usages["PublicIPAddresses"].current_value == 1


async def test_images_have_versions_and_unknown_ones_are_refused(portal):
    images = portal.compute.virtual_machine_images

    found = await images.list("westeurope", "Canonical", "ubuntu-24_04-lts", "server")
    error = await portal.refused(images.list("westeurope", "Canonical", "ubuntu-24_04-lts", "x"))

    assert found
    assert (error.status_code, error.error.code) == (404, "PlatformImageNotFound")


async def test_a_region_whose_machines_boot_debian_alone_offers_no_other_image(portal, machines):
    machines.boots = stands_for
    images = portal.compute.virtual_machine_images

    assert await images.list("westeurope", "Canonical", "ubuntu-24_04-lts", "server")
    for publisher, offer, sku in (
        ("SUSE", "opensuse-leap-15-6", "gen2"),
        ("MicrosoftWindowsServer", "WindowsServer", "2025-datacenter-azure-edition"),
    ):
        error = await portal.refused(images.list("westeurope", publisher, offer, sku))
        assert (error.status_code, error.error.code) == (404, "PlatformImageNotFound")


async def prices(portal, wanted):
    items, url, query = [], f"{portal.url}/api/retail/prices", {"$filter": wanted}
    pages = 0
    while url:
        async with portal.session.get(url, params=query) as response:
            page = await response.json()
        items, url, query = items + page["Items"], page["NextPageLink"], None
        pages += 1
    return items, pages


async def test_prices_tell_every_way_to_pay_for_a_size(portal):
    wanted = (
        "serviceName eq 'Virtual Machines' and armRegionName eq 'westeurope' "
        "and armSkuName eq 'Standard_D2s_v5' and priceType eq 'Consumption'"
    )

    items, _ = await prices(portal, wanted)

    meters = {(each["meterName"], "Windows" in each["productName"]) for each in items}
    assert meters == {
        (f"D2s v5{way}", windows)
        for way in ("", " Spot", " Low Priority")
        for windows in (False, True)
    }
    plain = {
        each["productName"]: each["retailPrice"] for each in items if each["meterName"] == "D2s v5"
    }
    assert all(price > 0 for price in plain.values())
    assert all(each["type"] == "Consumption" for each in items)


async def test_a_long_price_list_comes_in_pages(portal):
    items, pages = await prices(portal, "")

    assert pages > 1
    keys = {(i["armRegionName"], i["productName"], i["meterName"], i["type"]) for i in items}
    assert len(keys) == len(items)


@pytest.mark.parametrize("wanted", ["armSkuName = 'x'", "colour eq 'red'", "armSkuName eq 'x"])
async def test_a_filter_that_is_not_understood_is_refused(portal, wanted):
    url = f"{portal.url}/api/retail/prices"
    async with portal.session.get(url, params={"$filter": wanted}) as response:
        assert response.status == 400


async def test_lists_come_in_pages(portal):
    begin = portal.network.network_security_groups.begin_create_or_update
    names = [f"nsg{n:03}" for n in range(101)]
    body = {"location": "westeurope"}
    await asyncio.gather(*(begin(GROUP, name, body, polling=False) for name in names))

    groups = portal.network.network_security_groups.list(GROUP)

    pages = [[each.name async for each in page] async for page in groups.by_page()]
    assert [len(page) for page in pages] == [100, 1]
    assert sorted(name for page in pages for name in page) == names


async def test_a_list_filtered_by_a_tag_comes_without_tags(portal):
    await portal.make_vm(tags={"owner": "ana"})
    resources = portal.resources.resources

    filtered = resources.list_by_resource_group(
        GROUP, filter="tagName eq 'owner' and tagValue eq 'ana'"
    )
    everything = {r.name: r async for r in resources.list_by_resource_group(GROUP)}

    found = [each async for each in filtered]
    assert {each.type for each in found} >= {"Microsoft.Compute/virtualMachines"}
    assert all(each.tags is None for each in found)
    assert "vnet" not in [each.name for each in found]
    assert everything["vm"].tags == {"owner": "ana"}


async def test_a_group_goes_with_all_that_is_in_it(portal, machines):
    await portal.make_vm()
    groups = portal.resources.resource_groups
    assert portal.answer("PUT", "/rg")[0] == 201
    assert await groups.check_existence(GROUP)

    await (await groups.begin_delete(GROUP)).result()

    assert not await groups.check_existence(GROUP)
    assert not machines.specs
    assert (await portal.sandbox("GET", "resources"))["resources"] == []
    status, headers = portal.answer("DELETE", "/rg")
    assert status == 202
    assert "Location" in headers
    assert "Azure-AsyncOperation" not in headers
    with pytest.raises(ResourceNotFoundError):
        await groups.get(GROUP)


async def test_resources_show_tags_and_power(portal):
    await portal.make_vm(tags={"owner": "ana"})

    found = {r["name"]: r for r in (await portal.sandbox("GET", "resources"))["resources"]}

    vm = found["vm"]
    assert (vm["type"], vm["tags"]) == ("Microsoft.Compute/virtualMachines", {"owner": "ana"})
    assert (vm["provisioningState"], vm["powerState"]) == ("Succeeded", "running")


async def test_traffic_goes_on_from_where_one_stopped(portal):
    first = await portal.sandbox("GET", "traffic")
    assert (await portal.sandbox("GET", f"traffic?after={first['next']}"))["entries"] == []

    await portal.make_address("ip")

    later = await portal.sandbox("GET", f"traffic?after={first['next']}")
    put = next(entry for entry in later["entries"] if entry["method"] == "PUT")
    assert (put["direction"], put["status"]) == ("in", 201)
    assert put["request"]["location"] == "westeurope"
    assert put["response"]["name"] == "ip"
    assert all(entry["n"] > first["next"] for entry in later["entries"])


async def test_operations_last_as_long_as_recorded(portal):
    await asyncio.gather(*(portal.make_address(f"ip{n}") for n in range(3)))

    operations = (await portal.sandbox("GET", "operations"))["operations"]

    for each in operations:
        took = each["ended"] - each["started"]
        assert each["status"] == "Succeeded"
        assert took >= each["scaled_seconds"] == pytest.approx(each["seconds"] / 1000)


async def test_ids_are_found_in_any_case_of_letters(portal):
    await portal.make_address("ip")

    found = await portal.network.public_ip_addresses.get("RG", "IP")

    assert found.name == "ip"
