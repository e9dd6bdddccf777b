"""Commands under load, against an installation with 2,000 servers and a long history.

The demo's Slack has four people, so three of them type all commands. Each has more servers than a
real member, which makes `list`, Home and `usage` slower than in practice. The scheduled sweeps are
off, since Azure has no resources for these rows.
"""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
from sqlalchemy import insert

from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.schema.rows import event_values, server_values
from provisioning.adapters.sql.schema.tables import events, servers
from provisioning.core.model.events import Event
from provisioning.core.model.server import Server, Status
from tests.bench.commands import DEADLINE_MS, percentile
from tests.bench.report import Report
from tests.e2e.demo import Demo

LIVE, ENDED, LINES = 2_000, 8_000, 10
"""Numbers of live servers, of ended servers, and of audit events per server."""
COMMANDS, SECONDS, VISITS = 500, 10.0, 50
NEVER = "0 0 29 2 *"
RESTING = {
    "NOTEBOOK_BOT_IDLE__SWEEP": NEVER,
    "NOTEBOOK_BOT_RECONCILE": NEVER,
    "NOTEBOOK_BOT_COPIES_SWEEP": NEVER,
    "NOTEBOOK_BOT_REPORT__WEEKLY": "false",
}
TYPISTS = ("U_ANA", "U_BOB")
_OF_ONE = 4
_WORDS = ("list", "", "help", "status load-{n}", "usage --days 7", "list running", "logs load-x")
_ADMINS = ("admin servers stopped", "admin audit --days 1", "admin audit load-{n}", "admin quota")


async def fill(demo: Demo) -> None:
    """Insert 2,000 live servers of 500 members, 8,000 ended ones, and 100,000 audit events."""
    now, source = datetime.now(UTC), random.Random(1)
    rows, lines = [], []
    for number in range(LIVE + ENDED):
        server = _server(number, now)
        rows.append(server_values(server))
        for line in range(LINES):
            at = server.created_at + timedelta(hours=source.uniform(line, line + 0.9))
            status = Status.STOPPED if line % 2 else Status.STARTING
            event = Event(at, server.owner, "start", server.id, "ok", server.name)
            values = event_values(event, server)
            lines.append(values | {"status": server.status if line == LINES - 1 else status})
    usual = f"sqlite+aiosqlite:///{demo.folder}/bot.db"
    engine = create_database_engine(demo.environ.get("NOTEBOOK_BOT_DATABASE_URL", usual))
    async with engine.begin() as connection:
        await connection.execute(insert(servers), rows)
        await connection.execute(insert(events), lines)
    await engine.dispose()


def _server(number: int, now: datetime) -> Server:
    is_live = number < LIVE
    owner = TYPISTS[number % 2] if number < _OF_ONE * 2 else f"U_{number // _OF_ONE:05d}"
    created_at = now - timedelta(hours=12 if is_live else 24 * (number % 300))
    return Server(
        id=f"load{number:08d}",
        name=f"load-{number}",
        owner=owner,
        owner_name=owner.lower(),
        platform="ubuntu",
        size="Standard_B2s",
        region="westeurope",
        status=Status.STOPPED if is_live else Status.DELETED,
        created_at=created_at,
        request_key=f"load-{number}",
        price_per_hour=Decimal("0.0416"),
        ended_at=None if is_live else created_at + timedelta(hours=11),
        stopped_at=now - timedelta(hours=1),
    )


async def measure_load(report: Report, demo: Demo) -> None:
    """Fill the database, then measure commands and Home."""
    await fill(demo)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for text, user in (("list", "U_ANA"), ("admin servers", "U_EVE")):
            await _type(session, demo, user, text)  # not measured, since the first one is slower
        await _measure_mix(report, session, demo)
        await _measure_home(report, session, demo)


async def _measure_mix(report: Report, session: aiohttp.ClientSession, demo: Demo) -> None:
    source = random.Random(2)
    typed = []
    for number in range(COMMANDS):
        if number % 10:
            user, words = TYPISTS[number % 2], _WORDS
        else:
            user, words = "U_EVE", _ADMINS
        text = source.choice(words).format(n=source.randrange(_OF_ONE * 2))
        typed.append(_type(session, demo, user, text, source.uniform(0, SECONDS)))
    answers = await asyncio.gather(*typed)
    bad = [each for each in answers if each["error"]]
    late = [each for each in answers if not each["ack"]]
    times = [each["ack_ms"] for each in answers if not each["error"]]
    name = (
        f"{COMMANDS} commands in {SECONDS:g} s, {LIVE:,} servers, {(LIVE + ENDED) * LINES:,} lines"
    )
    print(name)
    report.add("  mix: errors", len(bad), "", 0)
    report.add("  mix: answered after the ack", len(late), "", 0)
    report.add("  mix: ack with the answer, p50", percentile(times, 0.5), "ms")
    report.add("  mix: ack with the answer, p99", percentile(times, 0.99), "ms", DEADLINE_MS)
    report.add("  mix: ack with the answer, slowest", max(times), "ms", DEADLINE_MS)
    for words in sorted({each["text"].split(" load")[0] for each in answers}):
        mine = [e["ack_ms"] for e in answers if e["text"].split(" load")[0] == words]
        report.add(f"    {words or '(nothing)'}: slowest", max(mine), "ms")


async def _measure_home(report: Report, session: aiohttp.ClientSession, demo: Demo) -> None:
    times, read = [], await _read_all(session, demo)
    for number in range(VISITS):
        began = time.monotonic()
        body = {"user": TYPISTS[number % 2]}
        async with session.post(f"{demo.url}/sandbox/home", json=body):
            drawn = False
            while not drawn:
                await asyncio.sleep(0.01)
                entries, read = await _read(session, demo, read)
                drawn = any(each["method"] == "views.publish" for each in entries)
        times.append((time.monotonic() - began) * 1000)
    report.add("  Home, from the visit until it is drawn: p50", percentile(times, 0.5), "ms")
    report.add("  Home: slowest", max(times), "ms", DEADLINE_MS)


async def _read_all(session: aiohttp.ClientSession, demo: Demo) -> int:
    """Return the number of the latest exchange, after which later reads begin."""
    entries, read = await _read(session, demo, 0)
    while entries:
        entries, read = await _read(session, demo, read)
    return read


async def _read(
    session: aiohttp.ClientSession, demo: Demo, after: int
) -> tuple[list[dict[str, Any]], int]:
    async with session.get(f"{demo.url}/sandbox/traffic?after={after}") as answer:
        page = await answer.json()
    return page["entries"], page["next"]


async def _type(
    session: aiohttp.ClientSession, demo: Demo, user: str, text: str, after: float = 0.0
) -> dict[str, Any]:
    await asyncio.sleep(after)
    body = {"user": user, "channel": "C_GENERAL", "text": f"/notebook {text}".strip()}
    async with session.post(f"{demo.url}/sandbox/commands", json=body) as answer:
        if answer.status != 200:
            return {"text": text, "ack": None, "ack_ms": 0.0, "error": f"status {answer.status}"}
        return {"text": text} | await answer.json()
