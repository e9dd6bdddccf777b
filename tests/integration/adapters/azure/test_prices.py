"""RetailPrices against a price list on loopback."""

import asyncio
from decimal import Decimal

import aiohttp
import pytest
from aiohttp import web

from provisioning.adapters.azure import prices as azure_prices
from provisioning.adapters.azure.prices import RetailPrices

LINUX, WINDOWS = "Virtual Machines BS Series", "Virtual Machines BS Series Windows"


def an_item(price, product=LINUX, sku="B2s", **more):
    return {
        "retailPrice": price,
        "productName": product,
        "skuName": sku,
        "meterName": sku,
        "armSkuName": "Standard_B2s",
        "unitOfMeasure": "1 Hour",
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        **more,
    }


class PriceList:
    """Two pages at most; `pause` is how long an answer takes."""

    def __init__(self):
        self.items = []
        self.page_size = 100
        self.pause = 0.0
        self.status = 200
        self.filters = []

    async def start(self):
        app = web.Application()
        app.router.add_get("/api/retail/prices", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/api/retail/prices"

    async def answer(self, request):
        await asyncio.sleep(self.pause)
        self.filters.append(request.query.get("$filter", ""))
        start = int(request.query.get("$skip", 0))
        page = self.items[start : start + self.page_size]
        following = start + self.page_size
        more = following < len(self.items)
        body = {"Items": page, "NextPageLink": f"{self.url}?$skip={following}" if more else None}
        return web.json_response(body, status=self.status)


@pytest.fixture
async def price_list():
    price_list = PriceList()
    await price_list.start()
    yield price_list
    await price_list.runner.cleanup()


@pytest.fixture
async def prices(price_list):
    async with aiohttp.ClientSession() as session:
        prices = RetailPrices(price_list.url, session, patience=1.0)
        yield prices
        await prices.close()


async def test_the_price_is_that_of_the_operating_system(prices, price_list):
    price_list.items = [an_item(0.048), an_item(0.056, WINDOWS)]

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.048")
    assert await prices.per_hour("Standard_B2s", "windows", "westeurope") == Decimal("0.056")


async def test_interruptible_machines_are_left_out(prices, price_list):
    price_list.items = [
        an_item(0.01, sku="B2s Spot"),
        an_item(0.02, sku="B2s Low Priority"),
        an_item(0.03, "BS Series Cloud Services"),
        an_item(0.048),
    ]

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.048")


async def test_the_latest_price_is_in_force(prices, price_list):
    price_list.items = [
        an_item(0.05, effectiveStartDate="2026-06-01T00:00:00Z"),
        an_item(0.04, effectiveStartDate="2025-06-01T00:00:00Z"),
    ]

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.05")


async def test_all_pages_are_read(prices, price_list):
    price_list.items = [an_item(0.01, sku="B2s Spot"), an_item(0.056, WINDOWS), an_item(0.048)]
    price_list.page_size = 1

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.048")


async def test_the_list_is_asked_for_one_size_in_one_region(prices, price_list):
    await prices.per_hour("Standard_B2s", "linux", "westeurope")

    (asked,) = price_list.filters
    assert "armSkuName eq 'Standard_B2s'" in asked
    assert "armRegionName eq 'westeurope'" in asked


async def test_each_region_has_its_own_price(prices, price_list):
    price_list.items = [an_item(0.048)]
    here = await prices.per_hour("Standard_B2s", "linux", "westeurope")
    price_list.items = [an_item(0.045)]
    there = await prices.per_hour("Standard_B2s", "linux", "northeurope")

    assert (here, there) == (Decimal("0.048"), Decimal("0.045"))
    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == here
    assert ["westeurope" in asked for asked in price_list.filters] == [True, False]


async def test_the_list_is_asked_once_a_day(prices, price_list, monkeypatch):
    price_list.items = [an_item(0.048)]
    for _ in range(3):
        await prices.per_hour("Standard_B2s", "linux", "westeurope")
    assert len(price_list.filters) == 1

    monkeypatch.setattr(azure_prices, "PRICE_FRESH_SECONDS", 0.0)
    price_list.items = [an_item(0.05)]

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.048")
    async with asyncio.timeout(60):
        while await prices.per_hour("Standard_B2s", "linux", "westeurope") != Decimal("0.05"):
            await asyncio.sleep(0.01)


async def test_simultaneous_callers_share_one_request(prices, price_list):
    price_list.items = [an_item(0.048)]
    price_list.pause = 0.1

    found = await asyncio.gather(
        *(prices.per_hour("Standard_B2s", "linux", "westeurope") for _ in range(10))
    )

    assert found == [Decimal("0.048")] * 10
    assert len(price_list.filters) == 1


async def test_a_slow_list_is_not_waited_for_but_known_the_next_time(price_list):
    price_list.items = [an_item(0.048)]
    price_list.pause = 0.3
    async with aiohttp.ClientSession() as session:
        prices = RetailPrices(price_list.url, session, patience=0.05)
        assert await prices.per_hour("Standard_B2s", "linux", "westeurope") is None

        async with asyncio.timeout(60):
            while await prices.per_hour("Standard_B2s", "linux", "westeurope") is None:
                await asyncio.sleep(0.01)
        await prices.close()
    assert len(price_list.filters) == 1


async def test_an_unknown_size_has_no_price(prices):
    assert await prices.per_hour("Standard_Nope", "linux", "westeurope") is None


async def test_a_list_that_is_down_gives_no_price_and_is_left_alone_for_a_while(prices, price_list):
    price_list.status = 503

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") is None
    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") is None

    assert len(price_list.filters) == 1


async def test_prefetching_makes_the_first_question_instant(prices, price_list):
    price_list.items = [an_item(0.048)]
    prices.prefetch(["Standard_B2s", "Standard_D2s_v5"], ["westeurope"])
    async with asyncio.timeout(60):
        while len(price_list.filters) < 2:
            await asyncio.sleep(0.01)

    assert await prices.per_hour("Standard_B2s", "linux", "westeurope") == Decimal("0.048")
    assert len(price_list.filters) == 2


def a_meter(name, price, **more):
    return an_item(price) | {"meterName": name, "unitOfMeasure": "1/Month", **more}


async def test_a_disk_costs_what_its_tier_costs_and_no_other_meter_is_taken_for_it(
    prices, price_list
):
    price_list.items = [
        a_meter("E10 LRS Disk Mount", 0.9),
        a_meter("E10 LRS Disk Operations", 0.002, unitOfMeasure="10K"),
        a_meter("E10 LRS Disk", 9.6),
    ]
    assert await prices.disk_per_month(128, "westeurope") == Decimal("9.6")
    assert await prices.disk_per_month(100, "westeurope") == Decimal("9.6")
    assert await prices.disk_per_month(9999, "westeurope") is None
