"""What is measured, each bounded in count and time, on loopback alone."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from tests.bench.report import Report, percentile
from tests.e2e.demo import Demo

CREATION_SECONDS = 900.0
MEGABYTE = 1024 * 1024


async def commands(report: Report, demo: Demo, count: int, at_once: int) -> None:
    """From a slash command to its acknowledgement, as Slack sees it."""
    body = {"user": "U_BOB", "channel": "C_GENERAL", "text": "/notebook list"}

    async def one() -> dict[str, Any]:
        return await demo.slack("/sandbox/commands", body)

    answers = [await one() for _ in range(count)]
    _add_acks(report, f"ack, {count} one after another", answers)
    answers = await asyncio.gather(*(one() for _ in range(at_once)))
    _add_acks(report, f"ack, {at_once} at once", answers)


def _add_acks(report: Report, name: str, answers: list[dict[str, Any]]) -> None:
    times = [answer["ack_ms"] for answer in answers]
    errors = sum(answer["error"] is not None for answer in answers)
    report.add(f"{name}: p50", percentile(times, 0.5), "ms")
    report.add(f"{name}: p99", percentile(times, 0.99), "ms", 3000)
    report.add(f"{name}: lost", errors, "", 0)


async def one_creation(report: Report, demo: Demo, speed: float) -> float:
    """Time from command to DM, over the critical path: the cloud's own drawn durations, and the
    machine's boot and set-up, which the audit trail and the engine's history tell."""
    started = time.time()
    await demo.command("create ubuntu bench-one")
    await demo.hand_over("bench-one", seconds=300)
    total = time.time() - started
    cloud_scaled, cloud_full = await _cloud_path(demo, started)
    machine = _machine_seconds(demo)
    path = cloud_scaled + machine
    overhead = total - path
    report.add(f"one creation at speed {speed:g}: command to DM", total, "s")
    report.add("  of it the cloud's critical path (scaled)", cloud_scaled, "s")
    report.add("  of it boot, set-up and checks of the machine", machine, "s")
    report.add("  overhead of the bot", overhead, "s")
    report.add(f"  ratio at speed {speed:g}", total / path, "")
    full = cloud_full + machine
    note = f"({full:.1f} + {overhead:.1f}) / {full:.1f} s"
    report.add("  ratio at speed 1, by the same overhead", (full + overhead) / full, "", 1.05, note)
    return total


async def _cloud_path(demo: Demo, since: float) -> tuple[float, float]:
    """Network and address are made at the same time, then the VM: (scaled, unscaled) seconds."""
    operations = (await demo.azure("/sandbox/operations"))["operations"]
    mine = [each for each in operations if each["started"] >= since]

    def longest(names: tuple[str, ...], key: str) -> float:
        found = [each[key] for each in mine if each["operation"] in names]
        return max(found, default=0.0)

    first = ("virtualNetworks.put", "networkSecurityGroups.put", "publicIPAddresses.put")
    scaled, full = (
        longest(first, key) + longest(("virtualMachines.put",), key)
        for key in ("scaled_seconds", "seconds")
    )
    return scaled, full


def _machine_seconds(demo: Demo) -> float:
    """The steps connect, set_up and verify, from the engine's history."""
    with sqlite3.connect(demo.folder / "bot.db") as connection:
        rows = connection.execute(
            "select function_name, started_at_epoch_ms, completed_at_epoch_ms "
            "from operation_outputs where function_name in "
            "('create.connect', 'create.set_up', 'create.verify')"
        ).fetchall()
    return sum(ended - started for _, started, ended in rows) / 1000


async def many_creations(report: Report, demo: Demo, count: int, one: float) -> None:
    """All at once: all ready, and how much longer than one; then all deleted."""
    started = time.time()
    names = [f"bench-{number:03d}" for number in range(count)]
    await asyncio.gather(*(demo.command(f"create ubuntu {name}") for name in names))
    ready: set[str] = set()
    while len(ready) < count and time.time() - started < CREATION_SECONDS:
        text = "\n".join(card["text"] for card in await demo.cards())
        ready = {name for name in names if f"{name} is ready" in text}
        assert "could not be made" not in text, text[-2000:]
        await asyncio.sleep(0.5)
    seconds = time.time() - started
    report.add(f"{count} creations at once: not ready", count - len(ready), "", 0)
    report.add(f"{count} creations at once: all ready after", seconds, "s")
    report.add(f"{count} creations at once: ratio to one", seconds / one, "")
    report.add(f"bot's RSS with {count} servers", _rss(demo), "MB")
    for card in await demo.cards():
        if " is ready" in card["text"]:
            await demo.click(card, "server_delete")
    await demo.until(lambda: _is_empty(demo), CREATION_SECONDS)
    report.add(f"resources left after deleting {count}", len(await demo.resources()), "", 0)


async def _is_empty(demo: Demo) -> bool:
    await asyncio.sleep(0.5)
    return await demo.resources() == []


def _rss(demo: Demo) -> float:
    return psutil.Process(demo.pid("bot")).memory_info().rss / MEGABYTE


async def starts(report: Report, demo: Demo, count: int) -> None:
    """From the process's start to its serving."""
    times = []
    for _ in range(count):
        await demo.kill_bot()
        started = time.time()
        await demo.start_bot()
        times.append(time.time() - started)
    report.add(f"bot start to ready, median of {count}", statistics.median(times), "s")
    report.add("bot's RSS, idle", _rss(demo), "MB")


async def measure(report: Report, *, acks: int, at_once: int, creations: int) -> None:
    """All of it in one demo."""
    speed = 20.0
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        demo = Demo(Path(folder) / "demo", speed, NOTEBOOK_BOT_SERVERS_PER_MEMBER="0")
        async with demo:
            print(f"{datetime.now():%H:%M} measuring; nothing else should run now", flush=True)
            await starts(report, demo, 3)
            await commands(report, demo, acks, at_once)
            one = await one_creation(report, demo, speed)
            await many_creations(report, demo, creations, one)
