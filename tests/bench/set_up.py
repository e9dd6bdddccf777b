"""The time of a machine's set-up by stage and platform, with a cold and a warm package cache.

It runs on process machines: packages of the operating system are stand-ins, but the notebooks'
environment is really fetched and installed.
"""

import re
import shutil

from provisioning.platforms.catalogue import PLATFORMS
from tests.bench.critical_path import rows_of, steps_of
from tests.bench.report import Report
from tests.e2e.demo import Demo

GOALS = {("ubuntu", "cold"): 25.0}
"""Largest good seconds of a whole set-up."""
READY_SECONDS = 600.0
ENVIRONMENTS_MB, IDLE_MB = 500.0, 140.0
"""Largest good sizes: both environments on the disk, and a server before its first kernel."""
MEGABYTE = 1024 * 1024


async def measure_set_ups(report: Report, demo: Demo) -> None:
    """Measure each platform twice, the first time with an empty package cache."""
    for platform in sorted(PLATFORMS):
        shutil.rmtree(demo.folder / "cache", ignore_errors=True)
        for cache in ("cold", "warm"):
            await _measure(report, demo, platform, cache)


async def _measure(report: Report, demo: Demo, platform: str, cache: str) -> None:
    name = f"{platform}-{cache}"
    await demo.command(f"create {platform} {name}")
    await demo.hand_over(name, seconds=READY_SECONDS)
    ((server_id,),) = rows_of(demo, "select id from servers where name = ?", name)
    began, ended = steps_of(demo, server_id)["create.set_up"]
    stages = _stages(demo, server_id)
    goal = GOALS.get((platform, cache))
    report.add(f"set-up of {platform}, {cache} cache", ended - began, "s", goal)
    for stage, seconds in stages:
        report.add(f"  {stage}", seconds, "s")
    if cache == "cold":
        _add_sizes(report, demo, platform)
    await demo.delete(name)


def _add_sizes(report: Report, demo: Demo, platform: str) -> None:
    """Report the environments on the disk, and the resident memory of the idle server."""
    (base,) = (each.parent for each in demo.folder.glob("**/notebook/server") if each.is_dir())
    files = {
        (found.st_dev, found.st_ino): found.st_blocks * 512
        for folder in ("server", "kernels")
        for path in (base / folder).rglob("*")
        for found in (path.lstat(),)
    }
    size = sum(files.values()) / MEGABYTE
    report.add(f"  environments of {platform} on the disk", size, "MB", ENVIRONMENTS_MB)
    servers = [each for each in demo.processes() if "jupyterlab" in each.cmdline()]
    memory = sum(each.memory_info().rss for each in servers) / MEGABYTE
    report.add(f"  idle server of {platform}, RSS", memory, "MB", IDLE_MB)


def _stages(demo: Demo, server_id: str) -> list[tuple[str, float]]:
    """Return the steps of the set-up in the order of their ends, from the bot's log."""
    log = (demo.folder / "bot.log").read_text(errors="replace")
    found = []
    for line in log.splitlines():
        if "set-up" in line and f"server={server_id}" in line:
            words = dict(re.findall(r"(step|seconds|state)=(\S+)", line))
            if words.get("state") == "done":
                found.append((words["step"], float(words["seconds"])))
    return found
