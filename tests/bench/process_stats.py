"""The time of the bot's start, and its memory."""

import statistics
import time

import psutil

from tests.bench.report import Report
from tests.e2e.demo import Demo

MEGABYTE = 1024 * 1024


async def measure_starts(report: Report, demo: Demo, count: int) -> None:
    """Measure the time from the process's start until it serves, each time after a kill -9."""
    times = []
    for _ in range(count):
        await demo.kill_bot()
        began = time.monotonic()
        await demo.start_bot()
        times.append(time.monotonic() - began)
    note = "of " + ", ".join(f"{each:.1f}" for each in sorted(times))
    report.add("bot: start to ready, median", statistics.median(times), "s", note=note)
    report.add("bot: RSS, idle", rss(demo), "MB")


def rss(demo: Demo) -> float:
    """Return the bot's resident memory in MB."""
    return psutil.Process(demo.pid("bot")).memory_info().rss / MEGABYTE
