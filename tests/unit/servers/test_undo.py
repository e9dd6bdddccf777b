"""Restore of deleted servers: the rights, and the refusals."""

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


async def test_a_deletion_with_a_snapshot_stores_its_id_and_its_end(house):
    server = await ready(house)
    deleting = await house.servers.delete_with_copy(ANA, ServerId(server.id))
    assert deleting.status is Status.DELETING
    assert deleting.snapshot.id
    assert deleting.snapshot.until == house.clock.now() + timedelta(days=7)
    assert house.work.begun[-1] == ("delete_with_copy", server.id)


async def test_each_deletion_has_a_snapshot_of_its_own(house):
    words = {(await deleted(house, name)).snapshot.id for name in ("sales", "other")}
    assert len(words) == 2


async def test_a_creating_server_is_not_deleted_with_a_snapshot(house):
    server = (await house.create(name="sales")).server
    assert "still being created" in await refused(
        house.servers.delete_with_copy(ANA, ServerId(server.id))
    )
    assert (await house.store.get(server.id)).status is Status.CREATING


async def test_a_deletion_for_good_has_no_snapshot(house):
    server = await ready(house)
    assert (await house.servers.delete(ANA, ServerId(server.id))).snapshot is None


async def test_a_deleted_server_is_listed_while_it_can_be_restored(house):
    server = await deleted(house)
    assert [each.id for each in await house.servers.list(ANA)] == [server.id]
    assert [each.id for each in await house.servers.list(ANA, "deleted")] == [server.id]
    assert await house.servers.list(BOB) == []
    house.clock.advance(days=7)
    assert await house.servers.list(ANA) == []


async def test_the_owner_restores_a_server_by_name(house):
    server = await deleted(house)
    back = await house.undo.restore(ANA, "Sales")
    assert (back.id, back.status, back.name) == (server.id, Status.RESTORING, "sales")
    assert house.work.begun[-1] == ("undo", server.id)


async def test_a_name_restores_the_latest_server_of_that_name(house):
    await deleted(house)
    house.clock.advance(hours=1)
    later = await deleted(house)
    assert (await house.undo.restore(ANA, "sales")).id == later.id


async def test_a_restored_server_gets_another_name_if_its_own_is_taken(house):
    await deleted(house)
    await house.create(BOB, "sales")
    back = await house.undo.restore(ANA, "sales")
    assert back.name == "sales-2"


async def test_only_the_owner_can_restore(house):
    server = await deleted(house)
    assert "no snapshot of a deleted `sales`" in await refused(house.undo.restore(BOB, "sales"))
    assert "does not exist" in await refused(house.undo.restore(BOB, ServerId(server.id)))


async def test_a_server_is_not_restored_after_the_snapshots_end(house):
    server = await deleted(house)
    house.clock.advance(days=7)
    assert "no longer be restored" in await refused(house.undo.restore(ANA, ServerId(server.id)))
    assert "no snapshot" in await refused(house.undo.restore(ANA, "sales"))


async def test_a_second_restore_is_refused_while_the_first_runs(house):
    server = await deleted(house)
    await house.undo.restore(ANA, ServerId(server.id))
    assert "already" in await refused(house.undo.restore(ANA, ServerId(server.id)))
    assert "already" in await refused(house.undo.restore(ANA, "sales"))
    assert [each for each in house.work.begun if each[0] == "undo"] == [("undo", server.id)]


async def test_an_unknown_name_is_refused_with_the_names_that_can_be_restored(house):
    await deleted(house)
    message = await refused(house.undo.restore(ANA, "sale"))
    assert "Did you mean `sales`?" in message


async def test_the_limit_of_servers_holds_for_a_restore(house):
    await deleted(house)
    for number in range(3):
        await house.create(key=f"more-{number}")
    assert "server 4 of at most 3" in await refused(house.undo.restore(ANA, "sales"))


async def test_a_delete_ends_a_restore_for_good(house):
    server = await deleted(house)
    await house.undo.restore(ANA, ServerId(server.id))
    assert (await house.servers.delete(ANA, ServerId(server.id))).snapshot is None
