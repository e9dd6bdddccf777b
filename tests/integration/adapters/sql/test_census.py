"""All servers are counted, and no more rows are read than are shown."""

from datetime import timedelta

import pytest

from bot.wiring.stores import Stores
from provisioning.adapters.sql.census import SqlCensus
from provisioning.core.model.server import Status
from provisioning.servers.census import Crowd
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import ASKED, NOW, a_server

DAY = timedelta(days=1)
ROWS = (
    ("U_ANA", Status.RUNNING, None),
    ("U_ANA", Status.STOPPED, None),
    ("U_BOB", Status.RUNNING, None),
    ("U_BOB", Status.DELETED, NOW),
    ("U_EVE", Status.FAILED, NOW - DAY / 2),
    ("U_EVE", Status.FAILED, NOW - 2 * DAY),
)


@pytest.fixture
async def census(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    stores = Stores(engine)
    for number, (owner, status, ended_at) in enumerate(ROWS):
        await stores.servers.add_server(
            a_server(number, owner=owner, status=status, ended_at=ended_at), ASKED
        )
    yield SqlCensus(engine)
    await stores.close()


async def test_live_servers_are_counted_by_state_and_owner(census):
    assert await census.crowd() == Crowd({Status.RUNNING: 2, Status.STOPPED: 1}, owners=2)


async def test_only_servers_that_are_not_stopped_hold_cores(census):
    held = [(each.owner, each.region, each.servers) for each in await census.holdings()]
    assert sorted(held) == [("U_ANA", "westeurope", 1), ("U_BOB", "westeurope", 1)]


async def test_the_oldest_are_listed_and_the_others_counted(census):
    listing = await census.listing(None, NOW - DAY, most=2)
    assert [each.id for each in listing.servers] == ["s0", "s1"]
    assert listing.total == 4


@pytest.mark.parametrize(
    ("status", "ids"),
    [(Status.RUNNING, ["s0", "s2"]), (Status.FAILED, ["s4"]), (Status.DELETED, [])],
)
async def test_a_list_of_one_state_has_the_failed_servers_of_the_last_day(census, status, ids):
    listing = await census.listing(status, NOW - DAY, most=9)
    assert [each.id for each in listing.servers] == ids
    assert listing.total == len(ids)
