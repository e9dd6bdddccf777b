"""The cleanup's sweep over many simulated hosts.

A probe is simulated by its measured latency. The store, the rules and the claims are real.
"""

import asyncio
import random
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.wiring.stores import Stores
from provisioning.adapters.sql.schema.rows import server_values
from provisioning.adapters.sql.schema.tables import servers
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.model.activity import Activity, unknown_activity
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Status
from provisioning.idle.sweep import Sweep, SweepConfig
from tests.bench.process_stats import MEGABYTE
from tests.bench.report import Report
from tests.databases import migrated_database
from tests.fakes import FakeClock, no_times, unheard
from tests.postgres import Postgres

LOOK_SECONDS = 0.6
"""Seconds of one probe of a process machine on an idle computer, with sign-in and CPU sample."""
UNREACHABLE = 0.02
BUDGET = 10.0
_AGO = datetime(2026, 11, 1, tzinfo=UTC)


class QuietTeam:
    """Stand-ins for the engine and the members; no job begins, since every server is in use."""

    async def begin(self, job, server, key=""):
        raise AssertionError(f"{job} was begun")

    async def zone(self, user_id):
        return "Europe/Madrid"


async def measure_sweeps(
    report: Report, sizes: tuple[int, ...], cluster: Postgres | None = None
) -> None:
    """Measure the first sweep (each server's first probe) and the next one for each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="notebook-bench-") as folder:
            engine = await filled_database(Path(folder), size, cluster)
            await _measure(report, engine, size)
            await engine.dispose()


async def filled_database(folder: Path, size: int, cluster: Postgres | None) -> AsyncEngine:
    """Return a new database with that many running servers."""
    engine = await migrated_database(folder, cluster)
    async with engine.begin() as connection:
        for number in range(size):
            await connection.execute(insert(servers).values(server_values(_server(number))))
    return engine


def sweep_of(
    engine: AsyncEngine, clock: FakeClock, size: int, look_seconds: float = LOOK_SECONDS
) -> Sweep:
    """Return the cleanup over the database; each probe takes so long."""
    stores, watches, team = Stores(engine), SqlWatches(engine), QuietTeam()
    away = set(random.Random(1).sample(range(size), int(size * UNREACHABLE)))

    async def probe(server: Server) -> Activity:
        await asyncio.sleep(look_seconds)
        if look_seconds and int(server.id.removeprefix("h")) in away:
            await asyncio.sleep(BUDGET - LOOK_SECONDS)
            return unknown_activity("it did not answer")
        return Activity(last_used=1.0)

    policy, config = IdlePolicy(), SweepConfig()
    return Sweep(
        watches,
        stores.uses,
        probe,
        team,
        team,
        team,
        clock,
        policy,
        config,
        (unheard,),
        no_times,
        no_times,
    )


async def _measure(report: Report, engine: AsyncEngine, size: int) -> None:
    clock = FakeClock()
    sweep, away = sweep_of(engine, clock, size), int(size * UNREACHABLE)
    for which in ("first", "next"):
        clock.advance(minutes=5)
        began, cpu = time.monotonic(), time.process_time()
        probed = (await sweep.run(clock.now())).probed
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        name = f"{which} sweep of {size} hosts, {away} unreachable"
        report.add(f"{name}: wall", wall, "s", note=f"{wall / probed * 1000:.1f} ms a host")
        report.add(f"{name}: CPU", cpu, "s", note=f"{cpu / probed * 1000:.1f} ms a host")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    report.add(f"sweep of {size} hosts: RSS, peak of the process", peak, "MB")


def _server(number: int) -> Server:
    return Server(
        id=f"h{number}",
        name=f"host-{number}",
        owner="U_ANA",
        owner_name="Ana",
        platform="ubuntu",
        size="Standard_B2s",
        region="westeurope",
        status=Status.RUNNING,
        created_at=_AGO,
        ready_at=_AGO,
        request_key=f"h{number}",
        address="127.0.0.1",
    )
