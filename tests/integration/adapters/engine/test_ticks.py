"""Ticks: one of several processes runs each, whatever the clocks do."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.adapters.engine import Schedule
from provisioning.adapters.engine.config import open_database
from provisioning.adapters.engine.leases import Leases
from provisioning.adapters.engine.ticks import Ticks
from tests.databases import place_database, url_of

from .small_engine import until

EACH_SECOND = "* * * * * *"


class JumpingClock:
    """A clock that goes on, from a moment that the test moves."""

    def __init__(self) -> None:
        self.base, self.begun = datetime(2026, 12, 1, 12, 0, 0, 300000, UTC), time.monotonic()

    def __call__(self) -> datetime:
        return self.base + timedelta(seconds=time.monotonic() - self.begun)

    def jump(self, **by: float) -> None:
        self.base += timedelta(**by)


class Process:
    """The schedules of one process, and what it has run."""

    def __init__(self, database, name: str, clock: JumpingClock, cron: str = EACH_SECOND) -> None:
        self.ran: list[datetime] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.leases = Leases(database, name)
        self.ticks = Ticks({"sweep": Schedule(cron, self.run)}, self.leases, clock)

    async def run(self, moment: datetime) -> None:
        self.ran.append(moment)
        await self.gate.wait()

    async def until(self, count: int) -> None:
        await until(lambda: len(self.ran) >= count)


@pytest.fixture
async def database(tmp_path):
    await place_database(tmp_path)
    database = open_database(url_of(tmp_path))
    yield database
    await database.dispose()


@pytest.fixture
async def processes(database):
    """Return a function that makes the schedules of a process and starts them."""
    made = []

    async def make(name, clock=None, cron=EACH_SECOND):
        made.append(Process(database, name, clock or JumpingClock(), cron))
        await made[-1].ticks.start()
        return made[-1]

    yield make
    for each in made:
        await each.ticks.stop()


async def test_a_clock_that_goes_back_an_hour_does_not_stop_the_sweeps(processes):
    clock = JumpingClock()
    process = await processes("a", clock)
    await process.until(1)
    clock.jump(hours=-1)
    async with asyncio.timeout(15):
        await process.until(4)
    assert process.ran[-1] < process.ran[0]


async def test_a_restart_after_the_clock_went_back_does_not_stop_the_sweeps(processes):
    clock = JumpingClock()
    first = await processes("a", clock)
    await first.until(1)
    await first.ticks.stop()
    clock.jump(hours=-1)
    second = await processes("b", clock)
    async with asyncio.timeout(15):
        await second.until(2)


async def test_a_clock_that_goes_forward_fires_the_latest_missed_tick_alone(processes):
    clock = JumpingClock()
    process = await processes("a", clock, "* * * * *")
    clock.jump(hours=1)
    await process.until(1)
    await asyncio.sleep(1)
    assert process.ran == [datetime(2026, 12, 1, 13, 0, tzinfo=UTC)]


async def test_a_frozen_process_runs_the_latest_missed_tick_alone(processes):
    clock = JumpingClock()
    process = await processes("a", clock)
    process.gate.clear()
    await process.until(1)
    clock.jump(minutes=10)  # frozen in the middle of a tick
    process.gate.set()
    await process.until(2)
    assert process.ran[1] - process.ran[0] >= timedelta(minutes=10)


async def test_each_tick_runs_in_one_process(processes):
    clock = JumpingClock()
    several = [await processes(name, clock) for name in "abc"]
    await until(lambda: sum(len(each.ran) for each in several) >= 4)
    ran = [tick for each in several for tick in each.ran]
    assert len(set(ran)) == len(ran)


async def test_a_slow_tick_is_not_run_beside_itself_by_its_own_process(processes):
    process = await processes("a")
    process.gate.clear()
    await process.until(1)
    await asyncio.sleep(2.5)
    assert len(process.ran) == 1
    process.gate.set()
    await process.until(2)


async def test_a_tick_whose_process_ended_in_its_middle_runs_again_once(processes):
    clock = JumpingClock()
    dead = await processes("a", clock, "0 0 1 1 *")
    tick = clock().replace(microsecond=0) + timedelta(seconds=1)
    assert await dead.leases.claim("sweep", tick, clock())
    living = await processes("b", clock, "0 0 1 1 *")
    await living.until(1)
    assert living.ran == [tick]
    await living.ticks.resume()
    assert len(living.ran) == 1


async def test_a_clock_that_is_a_little_late_does_not_run_a_tick_again(database):
    at = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    ahead, late = Leases(database, "a"), Leases(database, "b")
    await ahead.add(["sweep"], at - timedelta(minutes=1))
    assert await ahead.claim("sweep", at, at)
    await ahead.finish("sweep")
    behind = at - timedelta(seconds=20)
    assert not await late.claim("sweep", at - timedelta(seconds=30), behind)
