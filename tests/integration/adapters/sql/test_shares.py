"""Shares, on a real SQLite file and a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.wiring.stores import Stores
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Status
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import a_server

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHARED = Event(NOW, "U_ANA", "share", "s1", "accepted")
ENDED = Event(NOW, "U_ANA", "unshare", "s1", "accepted")
BOB = Share("s1", "U_BOB", "bob", NOW)


@pytest.fixture
async def stores(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    stores = Stores(engine)
    await stores.servers.add_server(a_server(status=Status.RUNNING), SHARED)
    yield stores
    await stores.close()


async def test_one_of_ten_simultaneous_clicks_shares(stores):
    clicks = await asyncio.gather(*(stores.shares.add_share(BOB, SHARED) for _ in range(10)))
    (changed,) = [server for server in clicks if server is not None]
    assert (changed.access_list.version, changed.access_list.is_due) == (1, True)
    assert await stores.shares.shares("s1") == [BOB]
    assert [server.id for server in await stores.shares.shared_with("U_BOB")] == ["s1"]
    assert len(await stores.audit.events("s1")) == 2


async def test_an_ended_share_stays_until_it_is_forgotten_and_can_begin_again(stores):
    await stores.shares.add_share(BOB, SHARED)
    await stores.shares.note_invitation("s1", "U_BOB", NOW, Delivery("D_BOB", "1.1"))
    await stores.shares.forget_share("s1", "U_BOB")
    later = NOW + timedelta(hours=1)
    assert (await stores.shares.end_share("s1", "U_BOB", later, ENDED)).access_list.version == 2
    assert await stores.shares.end_share("s1", "U_BOB", later, ENDED) is None
    (ended,) = await stores.shares.shares("s1")
    assert (ended.ended_at, ended.card_ts) == (later, "1.1")
    assert await stores.shares.shared_with("U_BOB") == []
    assert await stores.shares.add_share(BOB, SHARED) is not None
    (again,) = await stores.shares.shares("s1")
    assert (again.ended_at, again.password_sent_at) == (None, None)
    await stores.shares.end_share("s1", "U_BOB", later, ENDED)
    await stores.shares.forget_share("s1", "U_BOB")
    assert await stores.shares.shares("s1") == []


async def test_a_password_becomes_due_once(stores):
    await stores.shares.add_share(BOB, SHARED)
    assert await stores.shares.want_password("s1", "U_BOB", SHARED) is None
    await stores.shares.note_invitation("s1", "U_BOB", NOW, Delivery("D_BOB", "1.1"))
    assert await stores.shares.want_password("s1", "U_BOB", SHARED) is not None
    assert await stores.shares.want_password("s1", "U_BOB", SHARED) is None
    assert await stores.shares.want_password("s1", "U_EVE", SHARED) is None


def anything(_theirs, _everybodys):
    """No limit."""


async def test_a_transfer_moves_the_card_and_happens_once(stores):
    await stores.shares.add_share(BOB, SHARED)
    await stores.servers.set_card("s1", Delivery("D_ANA", "2.2"))
    server = await stores.servers.get("s1")
    transfers = await asyncio.gather(
        stores.shares.transfer(server, Member("U_BOB", "bob"), NOW, SHARED, anything),
        stores.shares.transfer(server, Member("U_EVE", "eve"), NOW, SHARED, anything),
    )
    (changed,) = [each for each in transfers if each is not None]
    assert changed.owner in ("U_BOB", "U_EVE")
    assert (changed.card, changed.password) == (None, None)
    shares = {share.member: share for share in await stores.shares.shares("s1")}
    assert shares["U_ANA"].card_ts == "2.2"
    assert shares["U_ANA"].ended_at == NOW
    assert (shares["U_BOB"].ended_at is None) == (changed.owner == "U_EVE")


async def test_the_applied_version_of_the_access_list_is_stored(stores):
    await stores.shares.add_share(BOB, SHARED)
    await stores.shares.people_applied("s1", 1)
    assert not (await stores.servers.get("s1")).access_list.is_due
    await stores.shares.end_share("s1", "U_BOB", NOW, ENDED)
    assert (await stores.servers.get("s1")).access_list.is_due
