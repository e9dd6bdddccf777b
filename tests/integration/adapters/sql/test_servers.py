"""The stores on a real SQLite file and a real PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.wiring.stores import Stores
from provisioning.adapters.sql.database import create_database_engine
from provisioning.core.errors import UserError
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import (
    AccessList,
    CardPassword,
    Failure,
    PasswordHidden,
    ResizeRequest,
    Server,
    Snapshot,
    Stage,
    Status,
)
from tests.databases import migrated_database, place_database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ASKED = Event(NOW, "U_ANA", "create", "s1", "accepted")


def a_server(number: int = 1, **changes: object) -> Server:
    server = Server(
        id=f"s{number}",
        name=f"name-{number}",
        owner="U_ANA",
        owner_name="Ana",
        platform="ubuntu",
        size="Standard_B2s",
        region="westeurope",
        status=Status.CREATING,
        created_at=NOW + timedelta(seconds=number),
        request_key=f"trigger-{number}",
        price_per_hour=Decimal("0.0416"),
    )
    return replace(server, **changes)


@pytest.fixture
async def stores(tmp_path, cluster):
    engine = await migrated_database(tmp_path, cluster)
    stores = Stores(engine)
    yield stores
    await stores.close()


async def test_a_server_comes_back_as_it_was_stored(stores):
    server = a_server()
    assert await stores.servers.add_server(server, ASKED) == (server, True)
    assert await stores.servers.get("s1") == server
    assert await stores.servers.find("name-1") == server


EVERY_VALUE = {
    "failure": Failure("No room.", "SkuNotAvailable"),
    "card": Delivery("D_ANA", "17.1"),
    "password": CardPassword(NOW + timedelta(days=1), shown_at=NOW, used_at=NOW),
    "access_list": AccessList(2, 1),
    "packages": ("polars>=1.0", "toolz"),
    "packages_applied": ("toolz",),
    "snapshot": Snapshot("word", NOW),
    "resize": ResizeRequest("Standard_B2ms", Decimal("0.0832")),
    "elsewhere": ("northeurope", "swedencentral"),
}


@pytest.mark.parametrize("name", EVERY_VALUE)
async def test_a_value_in_several_columns_is_read_and_removed_whole(stores, name):
    empty = getattr(a_server(), name)
    await stores.servers.add_server(a_server(), ASKED)
    changed = await stores.servers.update("s1", 1, **{name: EVERY_VALUE[name]})
    assert changed == await stores.servers.get("s1") == a_server(**{name: EVERY_VALUE[name]})
    assert await stores.servers.update("s1", 1, **{name: empty}) == a_server()


async def test_a_server_with_every_value_comes_back_as_it_was_stored(stores):
    await stores.servers.add_server(a_server(**EVERY_VALUE), ASKED)
    assert await stores.servers.get("s1") == a_server(**EVERY_VALUE)


async def test_a_hidden_password_keeps_its_end_and_its_use(stores):
    await stores.servers.add_server(a_server(**EVERY_VALUE), ASKED)
    hidden = await stores.servers.update("s1", 1, password=PasswordHidden())
    assert hidden.password == replace(EVERY_VALUE["password"], shown_at=None)


@pytest.mark.parametrize("name", ["failure_code", "card_ts", "copy", "speed"])
async def test_a_change_of_an_unknown_field_is_refused(stores, name):
    await stores.servers.add_server(a_server(), ASKED)
    with pytest.raises(TypeError, match=name):
        await stores.servers.update("s1", 1, **{name: ""})


async def test_the_same_request_makes_no_second_server(stores):
    await stores.servers.add_server(a_server(1), ASKED)
    again = a_server(2, request_key="trigger-1")
    assert await stores.servers.add_server(again, ASKED) == (a_server(1), False)
    assert len(await stores.servers.list_servers()) == 1


async def test_one_of_twenty_simultaneous_requests_with_one_key_wins(stores):
    results = await asyncio.gather(
        *(stores.servers.add_server(a_server(n, request_key="same"), ASKED) for n in range(20))
    )
    assert sum(new for _, new in results) == 1
    assert len({server.id for server, _ in results}) == 1


async def test_a_live_servers_name_is_taken_for_all_members(stores):
    await stores.servers.add_server(a_server(1), ASKED)
    with pytest.raises(UserError, match="already"):
        await stores.servers.add_server(a_server(2, name="name-1", owner="U_BOB"), ASKED)


@pytest.mark.parametrize("end", [Status.DELETED, Status.FAILED])
async def test_an_ended_server_gives_its_name_back(stores, end):
    await stores.servers.add_server(a_server(1), ASKED)
    await stores.servers.update("s1", 1, status=end)
    newer = a_server(2, name="name-1")
    await stores.servers.add_server(newer, ASKED)
    assert await stores.servers.find("name-1") == newer


async def test_a_change_for_an_older_generation_is_dropped_with_its_event(stores):
    await stores.servers.add_server(a_server(), ASKED)
    assert await stores.servers.update("s1", 1, generation=2, status=Status.DELETING)
    late = Event(NOW, "engine", "ready", "s1", "ok")
    assert await stores.servers.update("s1", 1, late, status=Status.RUNNING) is None
    assert not await stores.servers.set_stage("s1", 1, Stage.VERIFY, "")
    assert (await stores.servers.get("s1")).status is Status.DELETING
    assert [event.action for event in await stores.audit.events("s1")] == ["create"]


async def test_the_place_of_the_card_does_not_depend_on_the_generation(stores):
    await stores.servers.add_server(a_server(), ASKED)
    await stores.servers.update("s1", 1, generation=2)
    await stores.servers.set_card("s1", Delivery("D_ANA", "17.1"))
    assert (await stores.servers.get("s1")).card.ts == "17.1"


async def test_lists_are_by_owner_and_leave_out_the_ended(stores):
    for number in (1, 2, 3):
        await stores.servers.add_server(a_server(number), ASKED)
    await stores.servers.add_server(a_server(4, owner="U_BOB"), ASKED)
    await stores.servers.update("s2", 1, status=Status.DELETED)
    assert [s.id for s in await stores.servers.list_servers("U_ANA")] == ["s1", "s3"]
    assert [s.id for s in await stores.servers.list_servers("U_ANA", live=False)] == [
        "s1",
        "s2",
        "s3",
    ]
    assert [s.id for s in await stores.servers.list_servers()] == ["s1", "s3", "s4"]


async def test_a_member_is_remembered_once_with_the_latest_name(stores, tmp_path):
    await asyncio.gather(*(stores.members.remember(Member("U_ANA", "Ana"), NOW) for _ in range(5)))
    await stores.members.remember(Member("U_ANA", "Ana María"), NOW + timedelta(days=1))


async def test_the_seconds_of_creations_are_of_one_platform_and_size_latest_first(stores):
    for number, changes in enumerate(
        (
            {"ready_at": NOW + timedelta(seconds=60)},
            {"ready_at": NOW + timedelta(seconds=91), "status": Status.DELETED},
            {"ready_at": NOW + timedelta(seconds=70), "size": "Standard_D2s_v5"},
            {"ready_at": NOW + timedelta(seconds=70), "platform": "opensuse"},
            {},
        )
    ):
        await stores.servers.add_server(a_server(number, **changes), ASKED)
    assert await stores.servers.creation_seconds("ubuntu", "Standard_B2s", 50) == [90.0, 60.0]
    assert await stores.servers.creation_seconds("ubuntu", "Standard_B2s", 1) == [90.0]


async def test_closing_waits_for_running_transactions(tmp_path, cluster):
    url = await place_database(tmp_path, cluster)
    engine = create_database_engine(url)
    stores = Stores(engine)
    caller = asyncio.create_task(stores.servers.add_server(a_server(), ASKED))
    await asyncio.sleep(0)  # it has begun
    caller.cancel()
    await stores.close()
    again = Stores(create_database_engine(url))
    assert await again.servers.get("s1") == a_server()
    await again.close()
