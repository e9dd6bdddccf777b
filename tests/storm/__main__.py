"""`python -m tests.storm --seed N`: run a storm, print a table and one JSON line.

The exit code is 1 after a violation, and the logs stay.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from migrations.schema import migrate
from provisioning.adapters.sql.database import create_database_engine
from tests.postgres import Postgres, programs
from tests.storm.plan import Plan
from tests.storm.storm import Found, Storm

_SIZES = ("lives", "at_once", "in_a_round", "bot_kills", "slack_kills", "azure_kills")
_MORE = ("freezes", "terms", "database_restarts", "copies_seconds")


def main() -> int:
    """Run a storm by the command's options."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    sizes = {name: getattr(options, name) for name in (*_SIZES, *_MORE)}
    plan = Plan(
        seed=options.seed,
        folder=folder,
        database=options.database,
        bots=options.bots,
        speed=options.speed,
        settle_seconds=options.settle,
        **sizes,
    )
    print(f"seed {plan.seed}, logs in {folder}", flush=True)
    with _database(plan) as (url, postgres):
        found = asyncio.run(storm(plan, url, postgres))
    _print(plan, found)
    if not found.violations and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if found.violations else 0


async def storm(plan: Plan, url: str, postgres: Postgres | None) -> Found:
    """Migrate the database, and run the storm on it."""
    engine = create_database_engine(url)
    await migrate(engine)
    await engine.dispose()
    return await Storm(plan, url, postgres).run()


@contextlib.contextmanager
def _database(plan: Plan) -> Iterator[tuple[str, Postgres | None]]:
    """Make the database: its URL, and the server of a PostgreSQL."""
    if plan.database == "sqlite":
        yield f"sqlite+aiosqlite:///{plan.folder}/bot.db", None
        return
    found = programs()
    if found is None:
        sys.exit("PostgreSQL is not installed: apt install postgresql")
    with Postgres.running(found) as postgres:
        yield postgres.url(postgres.new_database()), postgres
        (plan.folder / "postgres.log").write_text(postgres.log)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--bots", type=int, default=1)
    parser.add_argument("--speed", type=float, default=Plan.speed)
    parser.add_argument("--settle", type=float, default=Plan.settle_seconds)
    parser.add_argument("--keep", action="store_true", help="keep the logs in any case")
    for name in (*_SIZES, *_MORE):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Plan, name))
    options = parser.parse_args()
    if options.bots > 1 and options.database == "sqlite":
        parser.error("several bots need --database postgres")
    return options


def _print(plan: Plan, found: Found) -> None:
    rows = [
        ("servers", found.begun),
        ("servers handed over", found.ready),
        ("passwords that opened a machine", found.passwords),
        ("minutes", round(found.seconds / 60, 1)),
        *found.counts.items(),
        ("settled after, s (longest)", max(found.settled, default=0)),
    ]
    takeover = _takeover(found.takeovers)
    rows += [(f"takeover, {name}", value) for name, value in takeover.items()]
    rows += [(f"{name}, s", round(seconds)) for name, seconds in found.phases.items()]
    for name, value in rows:
        print(f"{name:<44} {value:>8}")
    for end in found.ends:
        print(f"ended by itself: {end}")
    for each in found.violations:
        print(f"VIOLATION {each.kind}: {each.seen}")
    facts = dataclasses.asdict(plan) | {"folder": str(plan.folder)} | dataclasses.asdict(found)
    print(json.dumps(facts | {"takeover": takeover}))


def _takeover(seconds: list[float]) -> dict[str, float]:
    """Return how many pieces of work were taken over, and how many seconds they waited."""
    if not seconds:
        return {"count": 0}
    ordered = sorted(seconds)
    p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
    return {"count": len(ordered), "p50": p50, "p99": p99, "max": ordered[-1]}


if __name__ == "__main__":
    sys.exit(main())
