"""Who may undo what, and what people are told when they can't."""

from datetime import timedelta

import pytest

from provisioning.access.rights import ServerId
from provisioning.core.errors import UserError
from provisioning.core.model.server import Status
from tests.unit.servers.test_servers import ANA, BOB, House, house

__all__ = ["house"]


async def ready(place: House, name="sales", actor=ANA):
    server = (await place.create(actor, name)).server
    return await place.store.update(
        server.id, server.generation, status=Status.RUNNING, ready_at=place.clock.now()
    )


async def deleted(place: House, name="sales", actor=ANA):
    server = await ready(place, name, actor)
    deleting = await place.servers.delete_with_copy(actor, ServerId(server.id))
    return await place.store.update(
        server.id, deleting.generation, status=Status.DELETED, ended_at=place.clock.now()
    )


async def refused(awaitable):
    with pytest.raises(UserError) as refusal:
        await awaitable
    return refusal.value.message


async def test_a_deletion_with_a_copy_names_it_and_its_end(house):
    server = await ready(house)
    deleting = await house.servers.delete_with_copy(ANA, ServerId(server.id))
    assert deleting.status is Status.DELETING
    assert deleting.snapshot.id
    assert deleting.snapshot.until == house.clock.now() + timedelta(days=7)
    assert house.work.asked[-1] == ("delete_with_copy", server.id)


async def test_each_deletion_has_a_copy_of_its_own(house):
    words = {(await deleted(house, name)).snapshot.id for name in ("sales", "other")}
    assert len(words) == 2


async def test_a_server_that_is_being_made_has_nothing_to_copy(house):
    server = (await house.create(name="sales")).server
    assert "still being made" in await refused(
        house.servers.delete_with_copy(ANA, ServerId(server.id))
    )
    assert (await house.store.get(server.id)).status is Status.CREATING


async def test_a_deletion_for_good_has_no_copy(house):
    server = await ready(house)
    assert (await house.servers.delete(ANA, ServerId(server.id))).snapshot is None


async def test_what_can_be_undone_is_listed_until_its_end(house):
    server = await deleted(house)
    assert [each.id for each in await house.servers.list(ANA)] == [server.id]
    assert [each.id for each in await house.servers.list(ANA, "deleted")] == [server.id]
    assert await house.servers.list(BOB) == []
    house.clock.advance(days=7)
    assert await house.servers.list(ANA) == []


async def test_the_owner_undoes_by_name(house):
    server = await deleted(house)
    back = await house.undo.restore(ANA, "Sales")
    assert (back.id, back.status, back.name) == (server.id, Status.RESTORING, "sales")
    assert house.work.asked[-1] == ("undo", server.id)


async def test_the_latest_of_that_name_comes_back(house):
    await deleted(house)
    house.clock.advance(hours=1)
    later = await deleted(house)
    assert (await house.undo.restore(ANA, "sales")).id == later.id


async def test_it_comes_back_under_another_name_where_its_own_is_taken(house):
    await deleted(house)
    await house.create(BOB, "sales")
    back = await house.undo.restore(ANA, "sales")
    assert back.name == "sales-2"


async def test_nobody_else_can_undo(house):
    server = await deleted(house)
    assert "no copy of a deleted `sales`" in await refused(house.undo.restore(BOB, "sales"))
    assert "does not exist" in await refused(house.undo.restore(BOB, ServerId(server.id)))


async def test_after_its_end_it_is_too_late(house):
    server = await deleted(house)
    house.clock.advance(days=7)
    assert "too late" in await refused(house.undo.restore(ANA, ServerId(server.id)))
    assert "no copy" in await refused(house.undo.restore(ANA, "sales"))


async def test_a_second_undo_is_told_that_it_is_under_way(house):
    server = await deleted(house)
    await house.undo.restore(ANA, ServerId(server.id))
    assert "already" in await refused(house.undo.restore(ANA, ServerId(server.id)))
    assert "already" in await refused(house.undo.restore(ANA, "sales"))
    assert [each for each in house.work.asked if each[0] == "undo"] == [("undo", server.id)]


async def test_an_unknown_name_is_told_what_can_be_undone(house):
    await deleted(house)
    message = await refused(house.undo.restore(ANA, "sale"))
    assert "Did you mean `sales`?" in message


async def test_the_limit_of_servers_holds_for_an_undo(house):
    await deleted(house)
    for number in range(3):
        await house.create(key=f"more-{number}")
    assert "server 4 of at most 3" in await refused(house.undo.restore(ANA, "sales"))


async def test_a_delete_ends_an_undo_for_good(house):
    server = await deleted(house)
    await house.undo.restore(ANA, ServerId(server.id))
    assert (await house.servers.delete(ANA, ServerId(server.id))).snapshot is None
