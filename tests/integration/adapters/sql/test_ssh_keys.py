"""Members' SSH keys, on a real SQLite file and a real PostgreSQL."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.wiring.stores import Stores
from provisioning.core.model.events import Event
from provisioning.core.model.people import MemberKey, Share
from provisioning.core.model.server import Status
from tests.databases import migrated_database
from tests.integration.adapters.sql.test_servers import a_server

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADDED = Event(NOW, "U_BOB", "key added", None, "accepted")
KEY = MemberKey("U_BOB", "SHA256:abc", "ssh-ed25519 AAAA", "bob@laptop", NOW)


@pytest.fixture
async def stores(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    stores = Stores(engine)
    for number, status in ((1, Status.RUNNING), (2, Status.STOPPED), (3, Status.DELETED)):
        server = a_server(
            id=f"s{number}",
            name=f"n{number}",
            request_key=f"t{number}",
            status=status,
            owner="U_BOB",
        )
        await stores.servers.add_server(server, ADDED)
    other = a_server(id="s4", name="n4", request_key="t4", status=Status.RUNNING, owner="U_ANA")
    await stores.servers.add_server(other, ADDED)
    yield stores
    await stores.close()


async def test_one_of_ten_simultaneous_requests_adds_the_key_and_makes_each_live_server_due(stores):
    clicks = await asyncio.gather(*(stores.member_keys.add_key(KEY, ADDED) for _ in range(10)))
    (changed,) = [servers for servers in clicks if servers is not None]
    assert {server.id for server in changed} == {"s1", "s2"}
    assert all(server.access_list.is_due for server in changed)
    assert await stores.member_keys.member_keys(["U_BOB", "U_ANA"]) == [KEY]
    assert await stores.member_keys.member_keys(["U_ANA"]) == []


async def test_a_server_is_due_for_a_guests_key_while_it_is_shared(stores):
    await stores.shares.add_share(Share("s4", "U_BOB", "bob", NOW), ADDED)
    assert {server.id for server in await stores.member_keys.add_key(KEY, ADDED)} == {
        "s1",
        "s2",
        "s4",
    }
    await stores.shares.end_share("s4", "U_BOB", NOW, ADDED)
    removed = await stores.member_keys.remove_key("U_BOB", KEY.fingerprint, ADDED)
    assert {server.id for server in removed} == {"s1", "s2"}


async def test_a_key_is_removed_once_and_only_by_its_member(stores):
    await stores.member_keys.add_key(KEY, ADDED)
    assert await stores.member_keys.remove_key("U_ANA", KEY.fingerprint, ADDED) is None
    assert await stores.member_keys.remove_key("U_BOB", KEY.fingerprint, ADDED) is not None
    assert await stores.member_keys.remove_key("U_BOB", KEY.fingerprint, ADDED) is None
