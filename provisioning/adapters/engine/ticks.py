"""Schedules: each has a loop in each process, and each tick runs in one of them.

The loops compare times and never wait long, so that a clock that jumps neither stops nor repeats a
schedule. Of the ticks that were missed, only the latest runs.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from croniter import croniter
from sqlalchemy.exc import SQLAlchemyError

from provisioning.adapters.engine.config import Schedule
from provisioning.adapters.engine.leases import Leases

_LONGEST_WAIT = 5.0
_LONGEST_RUN = 3600.0
_PAUSE_AFTER_ERROR = 1.0

log = structlog.get_logger(__name__)


class Ticks:
    """The loops of this process."""

    def __init__(
        self, schedules: Mapping[str, Schedule], leases: Leases, now: Callable[[], datetime]
    ) -> None:
        self._schedules = schedules
        self._leases = leases
        self._now = now
        self._loops: list[asyncio.Task[None]] = []
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin the loops, and run again what an ended process did not finish."""
        begun = self._now()
        await self._leases.add(self._schedules, begun)
        await self.resume()
        loop = asyncio.get_running_loop()
        self._loops = [
            loop.create_task(self._keep(name, each, begun), name=f"schedule {name}")
            for name, each in self._schedules.items()
        ]

    async def resume(self) -> None:
        """Run the ticks again whose process has ended in their middle."""
        for name, tick in (await self._leases.abandoned()).items():
            if (schedule := self._schedules.get(name)) is not None:
                log.info("a tick runs again", schedule=name, tick=tick)
                self._begin(name, schedule, tick)

    async def stop(self, seconds: float = 0.0) -> None:
        """End the loops, and wait up to `seconds` for the running ticks before they are cut off."""
        for each in self._loops:
            each.cancel()
        if self._running and seconds:
            await asyncio.wait(self._running, timeout=seconds)
        left = [*self._running, *self._loops]
        for each in self._running:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _keep(self, name: str, schedule: Schedule, begun: datetime) -> None:
        seen = begun
        while True:
            next_tick = _first_after(schedule.cron, seen)
            wait = (next_tick - self._now()).total_seconds()
            await asyncio.sleep(min(max(wait, 0.0), _LONGEST_WAIT))
            now = self._now()
            if now < seen:
                seen = now  # the clock has gone back
            elif now >= next_tick:
                try:
                    await self._run_latest(name, schedule, now)
                    seen = now
                except (SQLAlchemyError, OSError) as error:
                    log.warning("a tick could not be claimed", schedule=name, error=str(error))
                    await asyncio.sleep(_PAUSE_AFTER_ERROR)

    async def _run_latest(self, name: str, schedule: Schedule, now: datetime) -> None:
        tick = _last_until(schedule.cron, now)
        if await self._leases.claim(name, tick, now):
            await asyncio.shield(self._begin(name, schedule, tick))

    def _begin(self, name: str, schedule: Schedule, tick: datetime) -> asyncio.Task[None]:
        work = asyncio.get_running_loop().create_task(self._run(name, schedule, tick))
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        return work

    async def _run(self, name: str, schedule: Schedule, tick: datetime) -> None:
        """Run a schedule once. Errors are logged, and the next tick tries again."""
        try:
            async with asyncio.timeout(_LONGEST_RUN):
                await schedule.run(tick)
        except Exception:
            log.exception("schedule failed", schedule=name)
        try:
            await self._leases.finish(name)
        except (SQLAlchemyError, OSError) as error:
            # The next claim of this process takes the tick as finished.
            log.warning("the end of a tick was not written", schedule=name, error=str(error))


def _first_after(cron: str, moment: datetime) -> datetime:
    found: datetime = croniter(cron, moment, second_at_beginning=True).get_next(datetime)
    return found


def _last_until(cron: str, moment: datetime) -> datetime:
    """Return the latest time of the schedule that is not after `moment`."""
    found: datetime = croniter(cron, moment, second_at_beginning=True).get_prev(datetime)
    following = _first_after(cron, found)
    return following if following <= moment else found
