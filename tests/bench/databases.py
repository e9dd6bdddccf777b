"""PostgreSQL against SQLite in one run, and what more processes on one PostgreSQL add.

A private PostgreSQL on this computer stands for a real one: no network lies between. It does not
wait for the disk, and SQLite does; so the ratios are those of the programs alone.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.sandbox.demo import COMMANDS, DemoConfig, bot_environment
from tests.bench.commands import COMMAND, DEADLINE_MS, percentile
from tests.bench.demo_process import running_demo
from tests.bench.load import RESTING
from tests.bench.report import Report
from tests.bench.sweeps import filled_database, sweep_of
from tests.databases import place_database
from tests.e2e.demo import ROOT, Demo
from tests.fakes import FakeClock
from tests.postgres import Postgres

PROCESSES = (1, 2, 3)
AT_ONCE, SECONDS = 20, 10.0
START_SECONDS, STOP_SECONDS = 120.0, 40.0
_SPEED = 20.0


async def measure_databases(report: Report, cluster: Postgres, size: int) -> None:
    """Measure sweeps over `size` servers and commands, on both databases and by processes."""
    await _compare_sweeps(report, cluster, size)
    rates = {"sqlite": await _commands(report, None, 1)}
    for count in PROCESSES:
        rates[f"{count}"] = await _commands(report, cluster, count)
    ratio = rates["sqlite"] / max(rates["1"], 0.001)
    report.add("commands: time of PostgreSQL / SQLite", ratio, "", note="one process")
    _add_growth(report, "commands", [rates[f"{count}"] for count in PROCESSES])
    swept = [await _sweeps(report, cluster, size, count) for count in PROCESSES]
    _add_growth(report, "sweeps", swept)


def _add_growth(report: Report, what: str, rates: list[float]) -> None:
    for count, rate in zip(PROCESSES[1:], rates[1:], strict=True):
        report.add(f"{what}: throughput of {count} processes / one", rate / rates[0], "")


async def _compare_sweeps(report: Report, cluster: Postgres, size: int) -> None:
    """Sweep by turns over both databases, with probes that answer at once."""
    taken: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
    async with AsyncExitStack() as stack:
        sweeps = {}
        for name, server in (("SQLite", None), ("PostgreSQL", cluster)):
            engine = await stack.enter_async_context(_filled(size, server))
            sweeps[name] = sweep_of(engine, FakeClock(), size, look_seconds=0)
        for _ in range(2):
            for name, sweep in sweeps.items():
                sweep.clock.advance(minutes=5)
                began = time.monotonic()
                assert (await sweep.run(sweep.clock.now())).probed == size
                taken[name].append(time.monotonic() - began)
    for name, seconds in taken.items():
        report.add(f"sweep of {size} hosts, {name}: first", seconds[0], "s")
        report.add(f"sweep of {size} hosts, {name}: next", seconds[1], "s")
    first, following = (taken["PostgreSQL"][i] / taken["SQLite"][i] for i in (0, 1))
    report.add("sweep: time of PostgreSQL / SQLite, first", first, "")
    report.add("sweep: time of PostgreSQL / SQLite, next", following, "")


@asynccontextmanager
async def _filled(size: int, cluster: Postgres | None) -> AsyncIterator[AsyncEngine]:
    with tempfile.TemporaryDirectory(prefix="notebook-bench-") as folder:
        engine = await filled_database(Path(folder), size, cluster)
        try:
            yield engine
        finally:
            await engine.dispose()


async def _commands(report: Report, cluster: Postgres | None, count: int) -> float:
    """Return the commands a second of that many bots, typed by `AT_ONCE` people without a pause."""
    with tempfile.TemporaryDirectory(prefix="notebook-bench-") as folder:
        settings = dict(RESTING)
        if cluster is not None:
            settings["NOTEBOOK_BOT_DATABASE_URL"] = await place_database(Path(folder), cluster)
        async with running_demo(_SPEED, **settings) as demo, AsyncExitStack() as stack:
            for number in range(1, count):
                await stack.enter_async_context(_another_bot(demo, number, settings))
            answers = await _type_for(demo, SECONDS)
    good = [each["ack_ms"] for each in answers if each["error"] is None and each["ack"]]
    name = f"commands, {'SQLite' if cluster is None else 'PostgreSQL'}, {count} bots"
    report.add(f"{name}: errors", len(answers) - len(good), "", 0)
    report.add(f"{name}: a second", len(good) / SECONDS, "")
    if good:
        report.add(f"{name}: ack, p50", percentile(good, 0.5), "ms")
        report.add(f"{name}: ack, p99", percentile(good, 0.99), "ms", DEADLINE_MS)
    return len(good) / SECONDS


async def _type_for(demo: Demo, seconds: float) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def type_until(deadline: float) -> None:
            while time.monotonic() < deadline:
                async with session.post(f"{demo.url}/sandbox/commands", json=COMMAND) as answer:
                    answers.append(await answer.json())

        await type_until(time.monotonic() + 1)  # not measured, since the first is slower
        answers.clear()
        deadline = time.monotonic() + seconds
        await asyncio.gather(*(type_until(deadline) for _ in range(AT_ONCE)))
    return answers


@asynccontextmanager
async def _another_bot(demo: Demo, number: int, settings: dict[str, str]) -> AsyncIterator[None]:
    """Run one more bot before the same Slack, Azure and database."""
    ready = demo.folder / f"bot-{number}.ready"
    own = {"NOTEBOOK_BOT_READY_FILE": str(ready), "PYTHONPATH": str(ROOT)}
    environ = bot_environment(DemoConfig(demo.port, demo.folder, "process")) | settings | own
    with (demo.folder / f"bot-{number}.log").open("ab") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, *COMMANDS["bot"], env=environ, stdout=log, stderr=log
        )
    try:
        await demo.until(ready.exists, START_SECONDS)
        yield
    finally:
        if bot.returncode is None:
            bot.terminate()
        await asyncio.wait_for(bot.wait(), STOP_SECONDS)


async def _sweeps(report: Report, cluster: Postgres, size: int, count: int) -> float:
    """Return the hosts a second of that many processes that sweep one database at once."""
    with tempfile.TemporaryDirectory(prefix="notebook-bench-") as folder:
        engine = await filled_database(Path(folder), size, cluster)
        url = engine.url.render_as_string(hide_password=False)
        await engine.dispose()
        words = ("-m", "tests.bench.sweeping", url, str(size))
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        started = [
            await asyncio.create_subprocess_exec(sys.executable, *words, env=environ, **pipes)
            for _ in range(count)
        ]
        for each in started:
            assert await each.stdout.readline() == b"ready\n"
        began = time.monotonic()
        done = await asyncio.gather(*(each.communicate(b"go\n") for each in started))
        wall = time.monotonic() - began
    probed = [int(output) for output, _ in done]
    assert sum(probed) == size
    report.add(f"sweep, {count} processes: hosts a second", size / wall, "", note=f"{probed}")
    return size / wall
