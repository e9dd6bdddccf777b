"""Run the benchmarks, print a table and write bench.json.

Usage: `python -m tests.bench [--quick] [--creations N] [--machines N] [--part NAME]
[--database postgresql] [--against FOLDER]`. The exit status is 1 if a figure is worse than its
goal. No other program should run meanwhile. The part `databases` compares PostgreSQL with SQLite;
it needs PostgreSQL.
"""

import argparse
import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.against import measure_against
from tests.bench.commands import measure_commands
from tests.bench.creations import delete_all, measure_creation, measure_many
from tests.bench.databases import measure_databases
from tests.bench.demo_process import running_demo
from tests.bench.load import RESTING, measure_load
from tests.bench.machine_sweeps import measure_machine_sweeps
from tests.bench.process_stats import measure_starts
from tests.bench.report import Report
from tests.bench.set_up import measure_set_ups
from tests.bench.sweeps import measure_sweeps
from tests.databases import place_database
from tests.e2e.demo import Demo
from tests.postgres import Postgres, programs

SPEED = 20.0
PARTS = ("process", "commands", "set-up", "creations", "sweeps", "machines", "load", "databases")


@dataclass(frozen=True)
class Plan:
    """The number of repetitions of each measurement."""

    commands: int
    at_once: int
    creations: int
    starts: int
    at_speed_one: bool
    parts: tuple[str, ...]
    sweeps: tuple[int, ...]
    machines: int
    database: str = "sqlite"
    against: Path | None = None


QUICK = Plan(200, 50, 5, 1, at_speed_one=False, parts=PARTS, sweeps=(200,), machines=4)
FULL = Plan(
    2000, 500, 50, 3, at_speed_one=True, parts=PARTS, sweeps=(200, 1_000, 10_000), machines=200
)


def main() -> int:
    """Measure, print the table, and write the file; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--quick", action="store_true", help="small counts, in two minutes")
    parser.add_argument(
        "--creations", type=int, metavar="N", help="simultaneous creations (50; quick: 5)"
    )
    parser.add_argument(
        "--machines", type=int, metavar="N", help="machines of a sweep (200; quick: 4)"
    )
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="of the other parts"
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="run only this part")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="FOLDER",
        help="of set-up: compare with the checkout in this folder, on containers",
    )
    options = parser.parse_args()
    parts = tuple(options.part or PARTS)
    plan = replace(QUICK if options.quick else FULL, parts=parts)
    plan = replace(
        plan,
        creations=options.creations or plan.creations,
        machines=options.machines or plan.machines,
        database=options.database,
        against=options.against and options.against.resolve(),
    )
    report, complete = Report(), False
    try:
        asyncio.run(measure(report, plan))
        complete = True
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", flush=True)
        return 130
    finally:
        report.write(Path("bench.json"), complete=complete)
    for figure in report.missed:
        print(f"worse than its goal: {figure.name.strip()}")
    return 1 if report.missed else 0


async def measure(report: Report, plan: Plan) -> None:
    """Run the parts of the plan, each database in a private PostgreSQL if the plan says so."""
    report.head()
    with ExitStack() as stack:
        cluster = None
        if plan.database == "postgresql" or "databases" in plan.parts:
            found = programs()
            if found is None:
                raise SystemExit("PostgreSQL is not installed here: `apt install postgresql`")
            cluster = stack.enter_context(Postgres.running(found))
        if cluster is not None and "databases" in plan.parts:
            await measure_databases(report, cluster, max(plan.sweeps))
        await _measure_parts(report, plan, cluster if plan.database == "postgresql" else None)


async def _measure_parts(report: Report, plan: Plan, cluster: Postgres | None) -> None:
    """Run the other parts, as far as possible on one demo."""
    if "sweeps" in plan.parts:
        await measure_sweeps(report, plan.sweeps, cluster)
    if "load" in plan.parts:
        async with running_demo(SPEED, **RESTING, **await _database(cluster)) as demo:
            await measure_load(report, demo)
    if "machines" in plan.parts:
        async with running_demo(SPEED, **await _database(cluster)) as demo:
            await measure_machine_sweeps(report, demo, plan.machines)
    if plan.against is not None:
        await measure_against(report, plan.against)
        return
    if not {*plan.parts} - {"sweeps", "machines", "load", "databases"}:
        return
    async with running_demo(SPEED, **await _database(cluster)) as demo:
        if "process" in plan.parts:
            await measure_starts(report, demo, plan.starts)
        if "commands" in plan.parts:
            await measure_commands(report, demo, plan.commands, plan.at_once)
        if "set-up" in plan.parts:
            await measure_set_ups(report, demo)
        if "creations" in plan.parts:
            await _measure_creations(report, demo, plan)


async def _database(cluster: Postgres | None) -> dict[str, str]:
    """Return the setting of a new database in the cluster; nothing leaves the demo's SQLite."""
    if cluster is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return {"NOTEBOOK_BOT_DATABASE_URL": await place_database(Path(folder), cluster)}


async def _measure_creations(report: Report, demo: Demo, plan: Plan) -> None:
    # The first creation also makes the network and fills the machines' package cache. The second
    # one is typical.
    await measure_creation(report, demo, "first", SPEED)
    usual = await measure_creation(report, demo, "second", SPEED)
    if plan.at_speed_one:
        await measure_creation(report, demo, "third", 1)
        await demo.azure("/sandbox/speed", {"speed": SPEED})
    await measure_many(report, demo, plan.creations, usual)
    await delete_all(report, demo)


if __name__ == "__main__":
    raise SystemExit(main())
