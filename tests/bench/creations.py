"""The time from `/notebook create ubuntu` to the DM, for one creation and for many at once."""

import asyncio
import time

from tests.bench.critical_path import CriticalPath, critical_path, see_https_open
from tests.bench.process_stats import rss
from tests.bench.report import Report
from tests.e2e.demo import Demo

ONE_SECONDS = 600.0
PORT_SECONDS = 10.0
"""Seconds within which the port of a ready server must have answered the watcher."""
MANY_SECONDS = 900.0
GOAL = 1.05


async def measure_creation(report: Report, demo: Demo, name: str, speed: float) -> float:
    """Measure one creation at this speed of the cloud, and compare it with its critical path.

    Return the seconds. At a speed above 1 the overhead is also compared with the unscaled path.
    That is an estimate, since the cloud's Retry-After is not scaled. Speed 1 is the measurement.
    """
    await demo.azure("/sandbox/speed", {"speed": speed})
    began = time.time()
    watching = asyncio.create_task(see_https_open(demo, name))
    try:
        await demo.command(f"create ubuntu {name}")
        await demo.hand_over(name, seconds=ONE_SECONDS)
        total = time.time() - began
        opened = await asyncio.wait_for(watching, PORT_SECONDS)
        path = await critical_path(demo, name, began, opened)
    finally:
        watching.cancel()
    _add_creation(report, speed, total, path)
    return total


def _add_creation(report: Report, speed: float, total: float, path: CriticalPath) -> None:
    shortest = path.cloud + path.machine
    overhead = total - shortest
    report.add(f"one creation at speed {speed:g}: command to DM", total, "s")
    report.add("  the cloud's critical path", path.cloud, "s", note=f"{path.recorded:.1f} unscaled")
    parts = f"boot {path.boot:.1f}, set-up {path.set_up:.1f}, notebook {path.notebook:.1f}"
    report.add("  the machine's", path.machine, "s", note=parts)
    note = f"{total:.2f} - {path.cloud:.2f} - {path.machine:.2f}"
    report.add("  overhead of the bot", overhead, "s", note=note)
    for part, seconds in path.late.items():
        report.add(f"    {part}", seconds, "s")
    goal = GOAL if speed == 1 else None
    report.add("  ratio", total / shortest, "", goal, f"{total:.2f} / {shortest:.2f}")
    if speed != 1:
        full = path.recorded + path.machine
        note = f"({full:.1f} + {overhead:.2f}) / {full:.1f}, estimated"
        report.add("  ratio at speed 1", (full + overhead) / full, "", GOAL, note)


async def measure_many(report: Report, demo: Demo, count: int, one: float) -> None:
    """Measure simultaneous creations, and compare them with `one` creation (seconds)."""
    names = [f"many-{number:03d}" for number in range(count)]
    began = time.time()
    await asyncio.gather(*(demo.command(f"create ubuntu {name}") for name in names))
    waiting, failed = await _wait_for(demo, names, began + MANY_SECONDS)
    seconds = time.time() - began
    for card in await demo.cards():
        if "could not be created" in card["text"]:
            print(card["text"])
    report.add(f"{count} creations at once: failed", len(failed), "", 0, " ".join(failed))
    report.add(f"{count} creations at once: not ready", len(waiting), "", 0, " ".join(waiting))
    report.add(f"{count} creations at once: until the last", seconds, "s")
    note = f"{seconds:.1f} / {one:.1f}"
    report.add(f"{count} creations at once: ratio to one", seconds / one, "", note=note)
    report.add(f"bot: RSS with {await _servers(demo)} servers", rss(demo), "MB")


async def _wait_for(demo: Demo, names: list[str], deadline: float) -> tuple[list[str], list[str]]:
    """Wait until each server is ready or has failed, or until the deadline.

    Return the names of the servers that are still waiting, and of the failed ones.
    """
    while True:
        text = "\n".join(card["text"] for card in await demo.cards())
        failed = [name for name in names if f"{name} could not be created" in text]
        waiting = [name for name in names if f"{name} is ready" not in text and name not in failed]
        if not waiting or time.time() > deadline:
            return waiting, failed
        await asyncio.sleep(0.25)


async def _servers(demo: Demo) -> int:
    return len({each["tags"]["nb-server"] for each in await demo.resources()})


async def delete_all(report: Report, demo: Demo) -> None:
    """Delete each server by its card's button, and report resources left in the cloud."""
    count, began = await _servers(demo), time.time()
    for card in await demo.cards():
        if " is ready" in card["text"]:
            await demo.click(card, "server_delete")
    while (left := await demo.resources()) and time.time() < began + MANY_SECONDS:
        await asyncio.sleep(0.25)
    report.add(f"{count} deletions: until the last", time.time() - began, "s")
    note = " ".join(sorted(each["name"] for each in left)[:5])
    report.add(f"{count} deletions: resources left", len(left), "", 0, note)
