"""`Prices` over Azure's retail price list (anonymous, pay as you go, US dollars).

The list is public and sometimes slow: nobody waits for it longer than a moment.
"""

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp

CACHE_SECONDS = 24 * 3600.0
RETRY_SECONDS = 60.0
"""After a failure the list is left alone for so long."""
PATIENCE_SECONDS = 1.5
_TIMEOUT = aiohttp.ClientTimeout(total=30)
_MOST_PAGES = 20
_AT_ONCE = 4

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """What the list said of one size: operating system -> price."""

    by_os: dict[str, Decimal]
    fetched_at: float


class RetailPrices:
    """See `provisioning.ports.Prices`. `url` is the list's address; the caller keeps `session`."""

    def __init__(
        self,
        url: str,
        region: str,
        session: aiohttp.ClientSession,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._url = url
        self._region = region
        self._session = session
        self._patience = patience
        self._known: dict[str, _Known] = {}
        self._failed_at: dict[str, float] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def per_hour(self, size: str, os: str) -> Decimal | None:
        """From the cache (a day), else from the list if it answers within `patience` seconds.

        An outdated price is given at once, and looked up again behind the scenes.
        """
        if self._is_stale(size):
            task = self._refresh(size)
            if task is not None and size not in self._known:
                await asyncio.wait({task}, timeout=self._patience)
        known = self._known.get(size)
        return known.by_os.get(os) if known else None

    def prefetch(self, sizes: Iterable[str]) -> None:
        """Begin to look up these sizes behind the scenes, a few at a time."""
        for size in sizes:
            if self._is_stale(size):
                self._refresh(size)

    async def close(self) -> None:
        """End the look-ups; the session is not closed."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_stale(self, size: str) -> bool:
        known = self._known.get(size)
        return known is None or time.monotonic() - known.fetched_at >= CACHE_SECONDS

    def _refresh(self, size: str) -> asyncio.Task[None] | None:
        if size in self._running:
            return self._running[size]
        failed_at = self._failed_at.get(size)
        if failed_at is not None and time.monotonic() - failed_at < RETRY_SECONDS:
            return None
        task = asyncio.create_task(self._fetch(size), name=f"price of {size}")
        self._running[size] = task
        task.add_done_callback(lambda _: self._running.pop(size, None))
        return task

    async def _fetch(self, size: str) -> None:
        try:
            async with self._gate:
                items = await self._items(size)
            prices = {os: _price(items, os) for os in ("linux", "windows")}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError) as error:
            self._failed_at[size] = time.monotonic()
            _log.warning("the price list does not tell the price of %s: %r", size, error)
            return
        found = {os: price for os, price in prices.items() if price is not None}
        self._known[size] = _Known(found, time.monotonic())

    async def _items(self, size: str) -> list[dict[str, Any]]:
        wanted = (
            f"serviceName eq 'Virtual Machines' and armRegionName eq '{self._region}' "
            f"and armSkuName eq '{size}' and priceType eq 'Consumption'"
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
    """The price that is in force: of several, the one that began last.

    The list tells the operating system only in the product's name, and Spot and Low
    Priority only in the names of SKU and meter.
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


def _is_interruptible(item: dict[str, Any]) -> bool:
    names = f"{item.get('skuName', '')} {item.get('meterName', '')}"
    return "Spot" in names or "Low Priority" in names
