"""The set-up of Ubuntu on a container, by this checkout and by another one in turn.

Both checkouts work on the same computer in the same run, so that their ratio says more than
seconds do. A container is a new machine without any package cache. The other checkout needs its own
`.venv`.
"""

import subprocess
import time
from pathlib import Path
from statistics import median

from tests.bench.critical_path import steps_of
from tests.bench.demo_process import running_demo
from tests.bench.report import Report
from tests.e2e.demo import ROOT, Demo
from tests.stages import server_id_of, set_up_events

SPEED = 60.0
ROUNDS = 3
GOAL = 0.6
"""Largest good ratio of the times from the command to the password."""
READY_SECONDS = 900.0

Times = dict[str, float]


async def measure_against(report: Report, other: Path, rounds: int = ROUNDS) -> None:
    """Create one server with each checkout in each round; report the medians and the ratio."""
    before: list[Times] = []
    after: list[Times] = []
    for root in (other, ROOT):
        _build_image(root)
    for _ in range(rounds):
        before.append(await _creation(other))
        after.append(await _creation(ROOT))
    for name in dict.fromkeys(name for times in (*before, *after) for name in times):
        old, new = (_middle(name, each) for each in (before, after))
        note = f"before {old:.1f} s" + (f", ratio {new / old:.2f}" if old and new else "")
        report.add(f"container: {name}", new, "s", note=note)
    whole = "command to password"
    ratio = _middle(whole, after) / _middle(whole, before)
    report.add(f"container: {whole}, after : before", ratio, "", GOAL)


def _build_image(root: Path) -> None:
    """Build the containers' image of a checkout, unless it is there."""
    module = "bot.sandbox.machines.kinds"
    code = f"from {module} import machine_kind; machine_kind('container').prepare()"
    subprocess.run([root / ".venv/bin/python", "-c", code], cwd=root, check=True)


def _middle(name: str, runs: list[Times]) -> float:
    return median(times.get(name, 0.0) for times in runs)


async def _creation(root: Path) -> Times:
    """Return the seconds of one creation in all, by the workflow's steps and by the set-up's."""
    async with running_demo(SPEED, root, DEMO_MACHINES="container") as demo:
        began = time.time()
        await demo.command("create ubuntu measured")
        await demo.hand_over("measured", seconds=READY_SECONDS)
        ended = time.time()
        times = {"command to password": ended - began, **_by_step(demo)}
        await demo.delete("measured")
        return times


def _by_step(demo: Demo) -> Times:
    server_id = server_id_of(demo, "measured")
    steps = {
        name.removeprefix("create."): end - begin
        for name, (begin, end) in steps_of(demo, server_id).items()
    }
    parts = {f"  set_up: {step}": seconds for _, step, seconds in set_up_events(demo, server_id)}
    whole = {name: steps[name] for name in ("vm", "connect", "set_up", "verify") if name in steps}
    return whole | parts
