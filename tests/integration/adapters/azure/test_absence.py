"""What Azure hides for seconds, minutes or hours: nothing is deleted, and the right people hear."""

from dataclasses import replace
from datetime import timedelta

import pytest

from provisioning.adapters.azure.client import AzureClients
from provisioning.core.errors import DeliveryError, UserError
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from tests.databases import migrated_database
from tests.integration.adapters.azure.reconcile_house import House

ANA, BOB = Member("U_ANA", "Ana"), Member("U_BOB", "Bob")
EVERY = timedelta(minutes=10)
"""The time between two comparisons, as the settings have it."""
OFTEN = 10**6


@pytest.fixture
async def house(cloud, config, tmp_path):
    engine = await migrated_database(tmp_path)
    clients = AzureClients(config)
    yield House(cloud, clients, engine)
    await clients.close()
    await engine.dispose()


async def hide(azure, *operations, code="ResourceNotFound"):
    """Let Azure's reads answer 404, until `clear_faults`."""
    for operation in operations:
        await azure.fault(operation, "answer", status=404, code=code, count=OFTEN)


async def hide_machines(azure):
    """The list shows no machine either."""
    await hide(azure, "virtualMachines.get")


async def hide_everything(azure):
    await hide(azure, "virtualMachines.*", "disks.*", "networkInterfaces.*", "publicIPAddresses.*")


async def compared_for(house, time, every=EVERY):
    """Compare now and at each interval until the time is over."""
    end = house.clock.now() + time
    while True:
        await house.reconcile.tick(house.clock.now())
        if house.clock.now() + every > end:
            return
        house.clock.time += every


async def deletions(azure):
    return [(r.method, r.name) for r in await azure.requests() if r.method == "DELETE"]


@pytest.mark.parametrize("time", [timedelta(seconds=10), timedelta(minutes=5)], ids=str)
async def test_a_machine_that_is_hidden_for_minutes_changes_nothing(house, azure, server, time):
    await house.make(server)
    await hide_machines(azure)
    await compared_for(house, time, timedelta(seconds=5))
    assert await house.status(server) is Status.RUNNING
    await azure.clear_faults()
    await compared_for(house, timedelta(minutes=20))
    row = await house.store.get(server.id)
    assert (row.status, row.absence) == (Status.RUNNING, None)
    assert (house.told.missing, house.told.back, house.work.begun) == ([], [], [])
    assert await deletions(azure) == []


async def test_a_machine_that_is_hidden_for_two_hours_with_all_its_parts_is_missing_then_back(
    house, azure, server
):
    await house.make(server)
    await hide_everything(azure)
    await compared_for(house, timedelta(hours=2))
    assert await house.status(server) is Status.MISSING
    assert (house.told.missing, house.told.troubles) == (["quiet-otter"], [])
    assert house.work.drawn == [(server.id, "missing")]
    await azure.clear_faults()
    await compared_for(house, timedelta(minutes=20))
    row = await house.store.get(server.id)
    assert (row.status, row.absence) == (Status.RUNNING, None)
    assert house.told.back == ["quiet-otter"]
    assert house.work.drawn == [(server.id, "missing"), (server.id, "running")]
    assert (house.work.begun, await deletions(azure)) == ([], [])


async def test_a_stopped_machine_comes_back_as_stopped(house, azure, server):
    await house.make(server, Status.STOPPED)
    await house.cloud.machines.stop(server.id)
    await hide_everything(azure)
    await compared_for(house, timedelta(hours=1))
    assert await house.status(server) is Status.MISSING
    await azure.clear_faults()
    await house.reconcile.run()
    row = await house.store.get(server.id)
    assert (row.status, row.stopped_at is None) == (Status.STOPPED, False)


async def test_a_hidden_machine_whose_disk_is_attached_stays_and_the_admins_hear_once(
    house, azure, server
):
    await house.make(server)
    await hide_machines(azure)
    await compared_for(house, timedelta(hours=2))
    assert await house.status(server) is Status.RUNNING
    assert house.told.missing == []
    (trouble,) = house.told.troubles
    assert "`quiet-otter`" in trouble
    await azure.clear_faults()
    await compared_for(house, timedelta(minutes=20))
    assert len(house.told.over) == 1
    assert await deletions(azure) == []


@pytest.mark.parametrize(
    "hidden",
    [
        [("*", "SubscriptionNotFound")],
        [("*", "ResourceGroupNotFound")],
        [
            ("resourceGroups.*", "ResourceGroupNotFound"),
            ("virtualMachines.*", "ResourceNotFound"),
            ("disks.*", "ResourceNotFound"),
            ("networkInterfaces.*", "ResourceNotFound"),
        ],
    ],
    ids=["the subscription", "the group and all lists", "the group and all in it"],
)
async def test_a_hidden_place_changes_nothing_and_the_admins_hear_once(
    house, azure, server, hidden
):
    await house.make(server)
    for operation, code in hidden:
        await hide(azure, operation, code=code)
    await compared_for(house, timedelta(hours=2))
    await azure.clear_faults()
    assert await house.status(server) is Status.RUNNING
    assert (len(house.told.troubles), house.told.missing) == (1, [])
    await compared_for(house, timedelta(minutes=20))
    row = await house.store.get(server.id)
    assert (row.status, row.absence) == (Status.RUNNING, None)
    assert (len(house.told.over), house.told.back) == (1, [])
    assert await deletions(azure) == []


async def test_a_list_of_machines_that_is_empty_alone_changes_nothing(house, azure, server):
    await house.make(server)
    for _ in range(5):
        await azure.fault("virtualMachines.get", "answer", status=404, code="ResourceNotFound")
        await compared_for(house, timedelta(0))
        house.clock.time += EVERY
    row = await house.store.get(server.id)
    assert (row.status, row.absence) == (Status.RUNNING, None)
    assert (house.told.troubles, house.told.missing) == ([], [])


async def test_many_servers_at_once_are_doubted_for_a_day(house, azure, server):
    several = [replace(server, id=f"abc123def45{n}", name=f"otter-{n}") for n in range(4)]
    for each in several:
        await house.make(each)
    await hide_everything(azure)
    await compared_for(house, timedelta(hours=2))
    assert {await house.status(each) for each in several} == {Status.RUNNING}
    assert (len(house.told.troubles), house.told.missing) == (1, [])
    await compared_for(house, timedelta(hours=23), timedelta(hours=1))
    assert {await house.status(each) for each in several} == {Status.MISSING}
    assert sorted(house.told.missing) == [each.name for each in several]
    assert await deletions(azure) == []
    await azure.clear_faults()
    await house.reconcile.run()
    assert {await house.status(each) for each in several} == {Status.RUNNING}


async def test_a_role_that_was_lost_is_told_to_the_admins_once_and_its_end(house, azure, server):
    await house.make(server)
    await azure.fault("*", "AuthorizationFailed", count=OFTEN)
    for _ in range(3):
        await house.reconcile.tick(house.clock.now())
    (trouble,) = house.told.troubles
    assert "`AuthorizationFailed`" in trouble
    await azure.clear_faults()
    for _ in range(2):
        await house.reconcile.tick(house.clock.now())
    assert len(house.told.over) == 1
    assert await house.status(server) is Status.RUNNING


async def test_a_machine_that_was_removed_in_the_portal_is_missing_and_nothing_else_goes(
    house, azure, server
):
    await house.make(server)
    await house.remove_machine(server)
    before = len(await deletions(azure))
    await compared_for(house, timedelta(hours=1))
    row = await house.store.get(server.id)
    assert (row.status, row.absence.has_disk) == (Status.MISSING, True)
    assert house.told.missing == ["quiet-otter"]
    await compared_for(house, timedelta(days=3), timedelta(hours=12))
    assert len(await deletions(azure)) == before
    assert house.told.missing == ["quiet-otter"]


async def test_an_owner_who_does_not_get_the_message_is_notified_at_the_next_comparison(
    house, azure, server
):
    await house.make(server)
    await house.portal("begin_delete", server)
    house.told.refusals = [DeliveryError("slack is down")]
    await compared_for(house, timedelta(minutes=30))
    assert await house.status(server) is Status.RUNNING
    await compared_for(house, timedelta(minutes=10))
    assert await house.status(server) is Status.MISSING
    assert house.told.missing == ["quiet-otter"]


async def test_the_owner_looks_again_and_restores_from_the_disk(house, azure, server):
    await house.make(server)
    await house.remove_machine(server)
    await compared_for(house, timedelta(hours=1))
    with pytest.raises(UserError, match="no server named"):
        await house.missing.look(BOB, "quiet-otter")
    looked = await house.missing.look(ANA, "quiet-otter")
    assert (looked.status, looked.absence.has_disk) == (Status.MISSING, True)
    restored = await house.missing.restore(ANA, "quiet-otter")
    assert restored.status is Status.RESTORING
    assert house.work.begun == [("undo", server.id)]
    with pytest.raises(UserError, match="is not missing"):
        await house.missing.look(ANA, "quiet-otter")


async def test_a_look_finds_a_machine_that_is_shown_again(house, azure, server):
    await house.make(server)
    await hide_everything(azure)
    await compared_for(house, timedelta(hours=1))
    with pytest.raises(UserError, match="does not show the disk"):
        await house.missing.restore(ANA, "quiet-otter")
    await azure.clear_faults()
    with pytest.raises(UserError, match="in use by its machine"):
        await house.missing.restore(ANA, "quiet-otter")
    assert (await house.missing.look(ANA, "quiet-otter")).status is Status.RUNNING
