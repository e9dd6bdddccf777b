"""Timer units: they start another unit at set times."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.sandbox.machines.process.calendars import next_elapse
from bot.sandbox.machines.process.units import Unit

_BOOT_KEYS = ("OnBootSec", "OnStartupSec")


class Timer:
    """One .timer unit.

    `start_unit` starts the unit that the timer is for; `booted` is the monotonic time of the boot.
    """

    def __init__(
        self, unit: Unit, start_unit: Callable[[str], Awaitable[None]], booted: float
    ) -> None:
        self.unit = unit
        self.next: float | None = None
        self._start_unit = start_unit
        self._booted = booted
        self._task: asyncio.Task[None] | None = None

    @property
    def target(self) -> str:
        return self.unit.last("Timer", "Unit", self.unit.name.removesuffix(".timer") + ".service")

    @property
    def active(self) -> bool:
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Start the timer. Raise ValueError for an unreadable expression."""
        if self.active:
            return
        for expression in self.unit.all("Timer", "OnCalendar"):
            next_elapse(expression, datetime.now(UTC))
        self._task = asyncio.create_task(self._run(time.monotonic()))

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task, self.next = None, None

    async def _run(self, activated: float) -> None:
        fired: float | None = None
        while True:
            self.next = self._next(activated, fired)
            if self.next is None:
                return
            await asyncio.sleep(max(0.0, self.next - time.monotonic()))
            fired = time.monotonic()
            await self._start_unit(self.target)

    def _next(self, activated: float, fired: float | None) -> float | None:
        """Return the monotonic time of the next start, or None if there is none."""
        last = activated if fired is None else fired
        moments = []
        for key, base in (("OnActiveSec", activated), *((k, self._booted) for k in _BOOT_KEYS)):
            if self.unit.last("Timer", key):
                moments.append(base + self.unit.seconds("Timer", key, 0))
        # A past moment that was missed is made up for now, as systemd does.
        moments = [max(m, last) for m in moments if fired is None or m > fired]
        for key in ("OnUnitActiveSec", "OnUnitInactiveSec"):
            if self.unit.last("Timer", key) and fired is not None:
                moments.append(fired + self.unit.seconds("Timer", key, 0))
        for expression in self.unit.all("Timer", "OnCalendar"):
            now = datetime.now(UTC)
            wait = (next_elapse(expression, now) - now).total_seconds()
            moments.append(time.monotonic() + wait)
        if not moments:
            return None
        spread = self.unit.seconds("Timer", "RandomizedDelaySec", 0)
        return min(moments) + random.uniform(0, spread)  # noqa: S311
