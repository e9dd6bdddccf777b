"""The facts of usage, on both real databases, written by the bot's own writers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.wiring.stores import Stores
from provisioning.adapters.sql.schema.tables import events
from provisioning.adapters.sql.usage import SqlUsage
from provisioning.core.model.activity import Activity, Stretch, Use, WorkKind, Workload
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from provisioning.idle.history import History, use_seen
from provisioning.usage.ledger import periods
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import a_server

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANA, BOB = Member("U_ANA", "ana"), Member("U_BOB", "bob")


class House:
    def __init__(self, engine):
        self.engine = engine
        self.stores, self.book = Stores(engine), SqlUsage(engine)
        self.store = self.stores.servers

    async def add(self, number=1, **changes):
        server = replace(a_server(number), created_at=NOW, **changes)
        created = Event(NOW, server.owner, "create", server.id, "accepted")
        return (await self.store.add_server(server, created))[0]

    async def change(self, server, hours, action, status, **changes):
        event = Event(NOW + hours * HOUR, "U_ANA", action, server.id, "ok")
        row = await self.store.get(server.id)
        return await self.store.update(row.id, row.generation, event, status=status, **changes)

    async def periods(self, since=NOW, owner=None):
        changes, _ = await self.book.changes(since, owner)
        return [
            (each.owner, each.is_on, each.price_per_hour, (each.started_at - NOW) / HOUR)
            for each in periods(changes)
        ]


@pytest.fixture
async def house(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    yield House(engine)
    await engine.dispose()


async def test_changes_of_price_and_owner_are_read_in_order(house):
    server = await house.add()
    await house.change(server, 1, "ready", Status.RUNNING)
    await house.change(server, 2, "stopped", Status.STOPPED, stopped_at=NOW + 2 * HOUR)
    dear = Decimal("0.1664")
    stopped = await house.change(server, 3, "resize", Status.STOPPED, price_per_hour=dear)
    event = Event(NOW + 4 * HOUR, "U_ANA", "transfer", server.id, "accepted")
    await house.stores.shares.transfer(stopped, BOB, NOW + 4 * HOUR, event, lambda *_: None)
    await house.change(server, 5, "start", Status.STARTING)
    cheap = Decimal("0.0416")
    assert await house.periods() == [
        ("U_ANA", True, cheap, 0),
        ("U_ANA", False, cheap, 2),
        ("U_ANA", False, dear, 3),
        ("U_BOB", False, dear, 4),
        ("U_BOB", True, dear, 5),
    ]


async def test_a_deleted_server_belongs_to_its_owners_of_that_time(house):
    server = await house.add()
    running = await house.change(server, 1, "ready", Status.RUNNING)
    event = Event(NOW + HOUR, "U_ANA", "transfer", server.id, "accepted")
    await house.stores.shares.transfer(running, BOB, NOW + HOUR, event, lambda *_: None)
    await house.add(2, owner="U_EVE")
    for owner in ("U_ANA", "U_BOB"):
        changes, names = await house.book.changes(NOW, owner)
        assert {each.server_id for each in changes} == {"s1"}
        assert names["s1"] == "name-1"
    assert (await house.book.changes(NOW, "U_MAL")) == ([], {})


async def test_servers_that_had_ended_before_are_left_out(house):
    server = await house.add()
    await house.change(server, 2, "deleted", Status.DELETED, ended_at=NOW + 2 * HOUR)
    assert len(await house.periods(NOW + HOUR)) == 1
    assert await house.periods(NOW + 3 * HOUR) == []


async def test_events_of_older_versions_have_the_present_price(house):
    server = await house.add()
    await house.change(server, 1, "stopped", Status.STOPPED)
    nothing = dict.fromkeys(("status", "owner", "size", "price_per_hour"))
    async with house.engine.begin() as connection:
        await connection.execute(update(events).values(**nothing))
    price = Decimal("0.0416")
    assert await house.periods() == [("U_ANA", True, price, 0), ("U_ANA", False, price, 1)]


async def test_a_price_that_was_unknown_stays_unknown(house):
    server = await house.add(price_per_hour=None)
    await house.change(server, 1, "ready", Status.RUNNING, price_per_hour=Decimal(1))
    assert [price for _, _, price, _ in await house.periods()] == [None, Decimal(1)]


def stretch(use, since, until):
    return Stretch("s1", use, NOW + since * MINUTE, NOW + until * MINUTE)


async def test_probes_with_the_same_result_are_one_stretch(house):
    await house.add()
    for minute in (0, 5, 10):
        await house.stores.uses.note_use(stretch(Use.BUSY, minute, minute + 5))
    await house.stores.uses.note_use(stretch(Use.IDLE, 15, 20))
    await house.stores.uses.note_use(stretch(Use.IDLE, 40, 45))
    assert await house.stores.uses.uses(["s1"], NOW) == [
        stretch(Use.BUSY, 0, 15),
        stretch(Use.IDLE, 15, 20),
        stretch(Use.IDLE, 40, 45),
    ]


async def test_a_repeated_or_overlapping_probe_counts_once(house):
    await house.add()
    for again in (Use.BUSY, Use.BUSY, Use.IDLE):
        await house.stores.uses.note_use(stretch(again, 0, 5))
    await house.stores.uses.note_use(stretch(Use.IDLE, 0, 10))
    assert await house.stores.uses.uses(["s1"], NOW) == [
        stretch(Use.BUSY, 0, 5),
        stretch(Use.IDLE, 5, 10),
    ]


async def test_old_stretches_are_forgotten(house):
    await house.add()
    await house.stores.uses.note_use(stretch(Use.BUSY, 0, 5))
    await house.stores.uses.note_use(stretch(Use.IDLE, 5, 10))
    await house.stores.uses.forget_uses(NOW + 6 * MINUTE)
    assert await house.stores.uses.uses(["s1"], NOW) == [stretch(Use.IDLE, 5, 10)]


@pytest.mark.parametrize(
    ("activity", "seen_before", "expected"),
    [
        (Activity(work=(Workload(WorkKind.CELL, "c", "a.ipynb"),)), 5, (Use.BUSY, 5)),
        (Activity(last_used=60.0), 5, (Use.PRESENT, 5)),
        (Activity(last_used=301.0), 5, (Use.IDLE, 5)),
        (Activity(), 30, (Use.IDLE, 30)),
        (Activity(), 31, None),  # no probe for that long
        (Activity(), 0, None),
        (Activity(unknown="no answer"), 5, None),
    ],
)
def test_a_probe_covers_the_time_since_the_last_probe(activity, seen_before, expected):
    before = History(NOW - 10 * HOUR, seen_at=NOW - seen_before * MINUTE)
    found = use_seen("s1", before, activity, NOW)
    told = found and (found.use, (found.until - found.since) / MINUTE)
    assert told == expected
