"""The retail price list: anonymous, filtered by OData, in pages.

The figures have the magnitude of West Europe's pay-as-you-go prices; they are no copy. The list
holds everything that a client must tell apart: Windows only in the product's name, Spot and Low
Priority only in the names of SKU and meter, reservations.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.azure.regions import REGIONS, Region

PATH = "/api/retail/prices"
PAGE_SIZE = 100

_SPOT, _LOW_PRIORITY = 0.35, 0.4
_YEAR_HOURS, _YEAR_DISCOUNT = 8760, 0.6

_HOURLY = {
    "Standard_B2s": ("BS", 0.048, 0.056),
    "Standard_B2ms": ("BS", 0.096, 0.104),
    "Standard_D2s_v5": ("Dsv5", 0.115, 0.207),
    "Standard_D4s_v5": ("Dsv5", 0.23, 0.414),
    "Standard_D8s_v5": ("Dsv5", 0.46, 0.828),
    "Standard_E4s_v5": ("Esv5", 0.304, 0.488),
    "Standard_NC4as_T4_v3": ("NCasT4 v3", 0.658, 0.842),
    "Standard_NV6ads_A10_v5": ("NVadsA10 v5", 0.59, 0.866),
}
"""Size -> (series, US dollars an hour with Linux, with Windows)."""

_DISKS = {
    "E4": 2.4,
    "E6": 4.8,
    "E10": 9.6,
    "E15": 19.2,
    "E20": 38.4,
    "E30": 76.8,
    "E40": 153.6,
    "E50": 307.2,
}
"""Tier of standard SSDs -> US dollars a month."""

_CONDITION = re.compile(r"\s*(\w+)\s+(eq|ne)\s+'([^']*)'\s*")
_CONTAINS = re.compile(r"\s*contains\(\s*(\w+)\s*,\s*'([^']*)'\s*\)\s*")

Item = dict[str, Any]


def add_routes(router: web.UrlDispatcher) -> None:
    """Serve the list."""
    router.add_get(PATH, _prices)


async def _prices(request: web.Request) -> web.Response:
    query = request.query
    currency = query.get("currencyCode", "USD").strip("'").upper()
    try:
        skip = int(query.get("$skip", "0"))
        conditions = _conditions(query.get("$filter", ""))
        if currency != "USD" or skip < 0:
            raise ValueError("the list is in US dollars only, and $skip can't be negative")
    except ValueError as error:
        body = {"Code": "BadRequest", "Message": f"Invalid OData parameters supplied: {error}"}
        return web.json_response({"Error": body}, status=400)
    found = [item for item in ITEMS if all(holds(item) for holds in conditions)]
    page = found[skip : skip + PAGE_SIZE]
    following = None
    if skip + PAGE_SIZE < len(found):
        following = str(request.url.update_query({"$skip": str(skip + PAGE_SIZE)}))
    return web.json_response(
        {
            "BillingCurrency": currency,
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": page,
            "NextPageLink": following,
            "Count": len(page),
        }
    )


def _conditions(text: str) -> list[Callable[[Item], bool]]:
    """Return each part of a filter as a test. Values match in exact case, as in the real list."""
    return [_condition(part) for part in re.split(r"\s+and\s+", text.strip()) if part]


def _condition(text: str) -> Callable[[Item], bool]:
    if match := _CONDITION.fullmatch(text):
        field, operator, value = match.groups()
        name = _field(field)
        return lambda item: (str(item.get(name, "")) == value) == (operator == "eq")
    if match := _CONTAINS.fullmatch(text):
        name, part = _field(match[1]), match[2]
        return lambda item: part in str(item.get(name, ""))
    raise ValueError(text)


def _field(name: str) -> str:
    """Return the item's field that a filter names; the filter says `priceType` for `type`."""
    found = "type" if name == "priceType" else name
    if found not in ITEMS[0]:
        raise ValueError(f"no field {name}")
    return found


def _items() -> list[Item]:
    items = []
    for region in REGIONS.values():
        for size, (series, linux, windows) in _HOURLY.items():
            for price, system in ((linux, ""), (windows, " Windows")):
                product = f"Virtual Machines {series} Series{system}"
                items += _of_product(size, region, product, price * region.price)
        for tier, price in _DISKS.items():
            items += _of_disk(tier, region, price * region.price)
    return items


def _of_product(size: str, region: Region, product: str, price: float) -> list[Item]:
    name = size.removeprefix("Standard_").replace("_", " ")
    items = [_item(size, region, product, name, price)]
    if "BS Series" not in product:  # Azure does not sell that series as Spot
        items.append(_item(size, region, product, f"{name} Spot", price * _SPOT))
        items.append(_item(size, region, product, f"{name} Low Priority", price * _LOW_PRIORITY))
    if "Windows" not in product:
        year = _item(size, region, product, name, price * _YEAR_HOURS * _YEAR_DISCOUNT)
        items.append(year | {"type": "Reservation", "reservationTerm": "1 Year"})
    return items


def _of_disk(tier: str, region: Region, price: float) -> list[Item]:
    """Return the meters of a tier of disks: the disk itself, and two beside it."""
    meters = (
        ("Disk", "1/Month", price),
        ("Disk Mount", "1/Month", price / 10),
        ("Disk Operations", "10K", 0.002),
    )
    made = []
    for meter, unit, cost in meters:
        name = f"{tier} LRS {meter}"
        item = _item("", region, "Standard SSD Managed Disks", name, cost)
        of_disks = {
            "skuName": f"{tier} LRS",
            "serviceName": "Storage",
            "serviceId": "DZH317F1HKN0",
            "serviceFamily": "Storage",
            "unitOfMeasure": unit,
        }
        made.append(item | of_disks)
    return made


def _item(size: str, region: Region, product: str, name: str, price: float) -> Item:
    meter = uuid.uuid5(uuid.NAMESPACE_URL, f"{region.name}/{product}/{name}")
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": round(price, 6),
        "unitPrice": round(price, 6),
        "armRegionName": region.name,
        "location": region.title,
        "effectiveStartDate": "2024-01-01T00:00:00Z",
        "meterId": str(meter),
        "meterName": name,
        "productName": product,
        "skuName": name,
        "serviceName": "Virtual Machines",
        "serviceId": "DZH313Z7MMC8",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": size,
    }


ITEMS = _items()
"""The whole list: every region, size, system and way to pay."""
