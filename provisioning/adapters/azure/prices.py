"""`Prices` over Azure's retail price list (anonymous, pay as you go, US dollars).

The list is public and sometimes slow: no request of a member waits for it longer than a moment.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import aiohttp

PRICE_FRESH_SECONDS = 24 * 3600.0
_RETRY_SECONDS = 60.0
"""Time without requests to the list after a failure."""
PRICE_TIMEOUT_SECONDS = 1.5
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_MOST_PAGES = 20
_AT_ONCE = 4

_DISK = "disk"
"""Stands for the operating system in the prices of disks."""
_DISKS = "Standard SSD Managed Disks"
_TIERS = (
    (4, "E1"),
    (8, "E2"),
    (16, "E3"),
    (32, "E4"),
    (64, "E6"),
    (128, "E10"),
    (256, "E15"),
    (512, "E20"),
    (1024, "E30"),
    (2048, "E40"),
    (4096, "E50"),
)
"""The tiers of standard SSDs by their GiB: a disk costs like the smallest tier that holds it.

https://learn.microsoft.com/azure/virtual-machines/disks-types#standard-ssds
"""

_log = logging.getLogger(__name__)

_Key = tuple[str, str]
"""Region and size, or tier of disks: the subject of one request to the list."""


@dataclass(frozen=True)
class _Known:
    """The list's answer for one size in one region: operating system -> price."""

    by_os: dict[str, Decimal]
    fetched_at: float


class RetailPrices:
    """Azure's public price list. `url` is the list's address; the caller owns `session`."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        *,
        patience: float = PRICE_TIMEOUT_SECONDS,
    ) -> None:
        self._url = url
        self._session = session
        self._patience = patience
        self._known: dict[_Key, _Known] = {}
        self._failed_at: dict[_Key, float] = {}
        self._running: dict[_Key, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        """Return the cached price (for a day), else the list's within `patience` seconds.

        An outdated price is returned at once, and refreshed in the background.
        """
        key = (region, size)
        if self._is_stale(key):
            task = self._refresh(key)
            if task is not None and key not in self._known:
                await asyncio.wait({task}, timeout=self._patience)
        known = self._known.get(key)
        return known.by_os.get(os) if known else None

    async def disk_per_month(self, gb: int, region: str) -> Decimal | None:
        """Return the price of the billed size that holds so many GiB, cached as `per_hour`."""
        tier = next((name for most, name in _TIERS if gb <= most), None)
        return None if tier is None else await self.per_hour(f"{tier} LRS", _DISK, region)

    def prefetch(self, sizes: Iterable[str], regions: Iterable[str]) -> None:
        """Begin to look up these sizes in the background, a few at a time."""
        for key in product(regions, sizes):
            if self._is_stale(key):
                self._refresh(key)

    async def close(self) -> None:
        """Cancel the look-ups; the session stays open."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_stale(self, key: _Key) -> bool:
        known = self._known.get(key)
        return known is None or time.monotonic() - known.fetched_at >= PRICE_FRESH_SECONDS

    def _refresh(self, key: _Key) -> asyncio.Task[None] | None:
        if key in self._running:
            return self._running[key]
        failed_at = self._failed_at.get(key)
        if failed_at is not None and time.monotonic() - failed_at < _RETRY_SECONDS:
            return None
        task = asyncio.create_task(self._fetch(key), name=f"price of {key}")
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))
        return task

    async def _fetch(self, key: _Key) -> None:
        try:
            async with self._gate:
                items = await self._items(*key)
            prices = {os: _price(items, os) for os in ("linux", "windows")}
            prices[_DISK] = _disk_price(items, key[1])
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError) as error:
            self._failed_at[key] = time.monotonic()
            _log.warning("no price of %s from the price list: %r", key, error)
            return
        found = {os: price for os, price in prices.items() if price is not None}
        self._known[key] = _Known(found, time.monotonic())

    async def _items(self, region: str, size: str) -> list[dict[str, Any]]:
        wanted = (
            f"serviceName eq 'Virtual Machines' and armRegionName eq '{region}' "
            f"and armSkuName eq '{size}' and priceType eq 'Consumption'"
        )
        if size.endswith(" LRS"):
            wanted = (
                f"serviceName eq 'Storage' and armRegionName eq '{region}' "
                f"and productName eq '{_DISKS}' and skuName eq '{size}' "
                "and priceType eq 'Consumption'"
            )
        items: list[dict[str, Any]] = []
        url, parameters = self._url, {"$filter": wanted, "currencyCode": "USD"}
        for _ in range(_MOST_PAGES):
            async with self._session.get(url, params=parameters, timeout=_TIMEOUT) as response:
                response.raise_for_status()
                page = json.loads(await response.text(), parse_float=Decimal)
            items += page["Items"]
            url, parameters = page.get("NextPageLink") or "", {}
            if not url:
                break
        return items


def _price(items: list[dict[str, Any]], os: str) -> Decimal | None:
    """Return the price in force: of several prices, the latest to begin.

    The list has the operating system only in the product's name, and Spot and Low Priority only in
    the names of SKU and meter.
    """
    found = [
        item
        for item in items
        if not _is_interruptible(item)
        and ("Windows" in item["productName"]) == (os == "windows")
        and "Cloud Services" not in item["productName"]
        and item.get("unitOfMeasure", "1 Hour") == "1 Hour"
    ]
    if not found:
        return None
    latest = max(found, key=lambda item: str(item.get("effectiveStartDate", "")))
    return Decimal(latest["retailPrice"])


def _disk_price(items: list[dict[str, Any]], tier: str) -> Decimal | None:
    """Return the price in force of a tier of disks.

    The list has further meters of the same SKU, by the month too ("E10 LRS Disk Mount").
    """
    found = [item for item in items if item["meterName"] in (f"{tier} Disk", f"{tier} Disks")]
    if not found:
        return None
    latest = max(found, key=lambda item: str(item.get("effectiveStartDate", "")))
    return Decimal(latest["retailPrice"])


def _is_interruptible(item: dict[str, Any]) -> bool:
    names = f"{item.get('skuName', '')} {item.get('meterName', '')}"
    return "Spot" in names or "Low Priority" in names
