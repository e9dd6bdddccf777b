"""Departures, on a real SQLite file and a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.wiring.stores import Stores
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member, MemberKey, Share, Standing
from provisioning.core.model.server import CardPassword, Status
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import a_server

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DONE = Event(NOW, "U_EVE", "share", "s1", "accepted")
LEFT = Event(NOW, "engine", "left", None, "deactivated", "U_BOB")
KEY = MemberKey("U_BOB", "SHA256:x", "ssh-ed25519 x", "laptop", NOW)


@pytest.fixture
async def stores(tmp_path, cluster):
    """Bob has a server, one is shared with him, he has a key; another member's server is apart."""
    engine = await migrated_database(tmp_path, cluster)
    stores = Stores(engine)
    for number, owner in ((1, "U_ANA"), (2, "U_BOB"), (3, "U_EVE")):
        server = a_server(number, owner=owner, status=Status.RUNNING, password=CardPassword(NOW))
        await stores.servers.add_server(server, DONE)
    await stores.shares.add_share(Share("s1", "U_BOB", "bob", NOW), DONE)
    await stores.member_keys.add_key(KEY, DONE)
    yield stores
    await stores.close()


async def leave(stores, now=NOW):
    return await stores.departures.leave("U_BOB", Standing.DEACTIVATED, now, LEFT)


async def test_all_access_of_a_leaver_ends_in_one_transaction(stores):
    apart = await stores.servers.get("s3")
    departure, changed = await leave(stores)
    assert (departure.shares, departure.keys) == ((changed[0].name,), 1)
    assert sorted(each.id for each in changed) == ["s1", "s2"]
    assert all(each.access_list.is_due for each in changed)
    assert await stores.shares.shared_with("U_BOB") == []
    assert await stores.member_keys.member_keys(["U_BOB"]) == []
    closed = {each.id: each.closed_at for each in await stores.servers.list_servers()}
    assert closed == {"s1": None, "s2": NOW, "s3": None}
    assert await stores.servers.get("s3") == apart
    assert await stores.departures.departures() == [departure]


async def test_of_simultaneous_departures_one_ends_the_access(stores):
    ended = await asyncio.gather(*(leave(stores) for _ in range(8)))
    assert len([each for each in ended if each is not None]) == 1
    assert len(await stores.departures.departures()) == 1


async def test_access_that_came_late_is_added_to_the_departure(stores):
    await leave(stores)
    await stores.shares.add_share(Share("s3", "U_BOB", "bob", NOW), DONE)
    assert "U_BOB" in await stores.departures.with_access()
    departure, changed = await leave(stores, LATER)
    assert [each.id for each in changed] == ["s3"]
    assert (departure.left_at, len(departure.shares), departure.keys) == (NOW, 2, 1)
    assert "U_BOB" not in await stores.departures.with_access()


async def test_owners_guests_and_holders_of_keys_have_access(stores):
    assert await stores.departures.with_access() == ["U_ANA", "U_BOB", "U_EVE"]
    await leave(stores)
    assert await stores.departures.with_access() == ["U_ANA", "U_EVE"]


async def test_a_server_that_is_given_back_is_open_and_its_password_due(stores):
    await leave(stores)
    version = (await stores.servers.get("s2")).access_list.version
    (opened,) = await stores.departures.give_back("U_BOB", DONE)
    assert (opened.id, opened.closed_at, opened.password) == ("s2", None, None)
    assert opened.access_list.version == version + 1
    assert await stores.departures.give_back("U_BOB", DONE) == []


async def test_a_transfer_opens_a_closed_server(stores):
    await leave(stores)
    closed = await stores.servers.get("s2")
    moved = await stores.shares.transfer(closed, Member("U_EVE"), NOW, DONE, lambda *_: None)
    assert (moved.owner, moved.closed_at) == ("U_EVE", None)


async def test_a_member_without_access_does_not_depart(stores):
    assert await stores.departures.leave("U_MAL", Standing.OUTSIDE, NOW, LEFT) is None
    assert await stores.departures.departures() == []
