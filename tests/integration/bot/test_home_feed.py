"""Home tabs follow what other processes do."""

import asyncio

import pytest

from bot.messages.home_feed import HomeFeed
from provisioning.adapters.sql.audit import SqlAuditTrail
from provisioning.core.model.events import Event
from tests.databases import migrated_database
from tests.fakes import FakeClock


@pytest.fixture
async def database(tmp_path):
    database = await migrated_database(tmp_path)
    yield database
    await database.dispose()


def event(name):
    return Event(FakeClock().now(), "U_ANA", "stop", name, "accepted")


async def heard_by(feed, heard, until):
    feed.start()
    try:
        async with asyncio.timeout(30):
            while heard[-1:] != [until]:
                await asyncio.sleep(0.01)
    finally:
        await feed.close()


async def test_a_process_hears_of_what_another_one_did(database):
    trail, heard, count = SqlAuditTrail(database), [], 2
    await trail.record(event("before"))
    feed = HomeFeed(trail, lambda each: heard.append(each.server_id), lambda: count, 0.01)
    asked = asyncio.create_task(heard_by(feed, heard, "third"))
    await asyncio.sleep(0.2)
    for name in ("first", "second", "third"):
        await trail.record(event(name))
    await asked
    assert heard == ["first", "second", "third"]
