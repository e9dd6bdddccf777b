"""Limits are checked in the transaction that inserts the row; approvals are decided once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.wiring.stores import Stores
from provisioning.adapters.sql.database import create_database_engine
from provisioning.core.errors import UserError
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Load, OverLimitError, OwnLimits
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Status
from provisioning.limits.approval import Approval, ApprovalStatus
from tests.databases import place_database, url_of
from tests.integration.adapters.sql.test_servers import ASKED, NOW, a_server

SET = Event(NOW, "U_EVE", "limits", None, "accepted", "U_BOB servers=5")


@pytest.fixture
async def both(tmp_path, cluster):
    """Two processes' views of one database."""
    await place_database(tmp_path, cluster)
    engines = [create_database_engine(url_of(tmp_path)) for _ in "ab"]
    both = [Stores(engine) for engine in engines]
    yield both
    for each in both:
        await each.close()


def at_most(servers: int):
    def allow(mine: Load, _everybodys: Load) -> None:
        if mine.servers > servers:
            raise OverLimitError([f"{mine.servers} of {servers}"])

    return allow


async def test_simultaneous_creations_never_exceed_the_limit(both):
    results = await asyncio.gather(
        *(
            both[number % 2].servers.add_server(a_server(number), ASKED, at_most(3))
            for number in range(12)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, OverLimitError) for each in results) == 9
    assert len(await both[0].servers.list_servers()) == 3
    assert len(await both[0].audit.events()) == 3


async def test_a_repeated_request_is_answered_even_at_the_limit(both):
    await both[0].servers.add_server(a_server(1), ASKED, at_most(1))
    again = await both[1].servers.add_server(
        a_server(2, request_key="trigger-1"), ASKED, at_most(1)
    )
    assert again == (a_server(1), False)


async def test_load_counts_live_servers_by_owner(both):
    (stores, _) = both
    await stores.servers.add_server(a_server(1), ASKED)
    await stores.servers.add_server(a_server(2, status=Status.STOPPED, price_per_hour=None), ASKED)
    await stores.servers.add_server(a_server(3, status=Status.FAILED), ASKED)
    await stores.servers.add_server(a_server(4, owner="U_BOB", size="Standard_D8s_v5"), ASKED)
    load = await stores.limits.load()
    assert load["U_ANA"] == Load(2, 4, Decimal("9.984"), unpriced=1)
    assert (load["U_BOB"].servers, load["U_BOB"].cores) == (1, 8)


async def test_own_limits_are_kept_replaced_and_removed(both):
    (stores, other) = both
    own = OwnLimits(servers=5, cost=Decimal("99.50"), sizes=(), regions=("a", "b"))
    await stores.limits.set_own_limits("U_BOB", own, SET)
    assert await other.limits.own_limits() == {"U_BOB": own}
    await stores.limits.set_own_limits("U_BOB", OwnLimits(cores=8), SET)
    assert await other.limits.own_limits_of("U_BOB") == OwnLimits(cores=8)
    await stores.limits.set_own_limits("U_BOB", None, SET)
    assert await other.limits.own_limits_of("U_BOB") is None
    assert [event.action for event in await stores.audit.events()] == ["limits"] * 3


def an_approval(**changes):
    request = CreateRequest(Member("U_ANA", "Ana"), "ubuntu", None, "Standard_B2s", "t1", "24.04")
    until = NOW + timedelta(days=3)
    return replace(Approval("a1", request, ("too much",), NOW, until, Decimal("0.04")), **changes)


async def test_an_approval_comes_back_as_it_was_stored(both):
    (stores, other) = both
    stored = an_approval()
    assert await stores.approvals.add_approval(stored, ASKED) == stored
    assert await other.approvals.add_approval(replace(stored, id="a2"), ASKED) == stored
    told = replace(
        stored, told="pending", places=(Delivery("C", "1"),), asker_place=Delivery("D", "2")
    )
    await stores.approvals.note_told(told)
    assert await other.approvals.approval("a1") == told
    assert await other.approvals.untold_approvals() == []


async def test_one_of_two_simultaneous_decisions_counts(both):
    await both[0].approvals.add_approval(an_approval(), ASKED)
    decided = await asyncio.gather(
        *(
            stores.approvals.decide_approval("a1", ApprovalStatus.PENDING, ASKED, status=status)
            for stores, status in zip(both, ("approved", "declined"), strict=True)
        )
    )
    assert sum(each is not None for each in decided) == 1


async def test_a_refused_creation_leaves_no_row(both):
    def refuse(_mine: Load, _everybodys: Load) -> None:
        raise UserError("no")

    with pytest.raises(UserError):
        await both[0].servers.add_server(a_server(1), ASKED, refuse)
    assert await both[0].servers.list_servers() == []
    assert await both[0].audit.events() == []
