"""Azure against the store: drift, orphans, and a lost database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts
from provisioning.core.errors import UserError
from provisioning.core.model.people import Member
from provisioning.core.model.server import Snapshot, Status
from tests.databases import migrated_database
from tests.integration.adapters.azure.conftest import GROUP
from tests.integration.adapters.azure.reconcile_house import House

EVE, BOB = Member("U_EVE", "eve", is_admin=True), Member("U_BOB", "bob")


@pytest.fixture
async def house(cloud, owner_config, tmp_path):
    engine = await migrated_database(tmp_path)
    clients = AzureClients(owner_config)
    yield House(cloud, clients, engine)
    await clients.close()
    await engine.dispose()


async def test_a_server_without_a_difference_is_left_alone(house, server, other_server):
    await house.make(server)
    await house.make(other_server, Status.STOPPED)
    await house.cloud.machines.stop(other_server.id)
    await house.reconcile.run()
    await house.reconcile.run()
    assert await house.status(server) is Status.RUNNING
    assert await house.status(other_server) is Status.STOPPED
    assert (house.work.begun, house.told.orphans, house.told.missing) == ([], [], [])


async def test_a_server_that_was_stopped_in_the_portal_shows_as_stopped(house, server):
    await house.make(server)
    await house.portal("begin_deallocate", server)
    await house.reconcile.run()
    row = await house.store.get(server.id)
    assert (row.status, row.stopped_at) == (Status.STOPPED, house.clock.now())
    assert house.work.drawn == [(server.id, "stopped")]
    assert house.told.drift == [("quiet-otter", "stopped in the cloud")]
    assert house.work.begun == []


async def test_a_server_that_was_shut_down_but_still_costs_is_deallocated(house, server):
    await house.make(server)
    await house.portal("begin_power_off", server)
    await house.reconcile.run()
    assert await house.status(server) is Status.STOPPING
    assert house.work.begun == [("stop", server.id)]


async def test_a_server_that_was_started_in_the_portal_is_set_running(house, server):
    await house.make(server, Status.STOPPED)
    await house.reconcile.run()
    assert await house.status(server) is Status.STARTING
    assert house.work.begun == [("start", server.id)]


@pytest.mark.parametrize("status", [Status.CREATING, Status.STOPPING, Status.DELETING])
async def test_a_server_with_a_running_workflow_is_left_alone(house, server, status):
    await house.make(server, status)
    await house.portal("begin_deallocate", server)
    await house.reconcile.run()
    assert await house.status(server) is status
    assert house.work.begun == []


async def test_admins_are_notified_of_an_orphan_after_two_runs_have_seen_it(house, server):
    await house.make(server, known=False)
    await house.reconcile.run()
    assert house.told.orphans == []
    for _ in range(3):
        await house.reconcile.run()
    (orphan,) = house.told.orphans
    assert (orphan.server_id, orphan.owner) == (server.id, "U_ANA")
    assert len(orphan.resources) >= 3


async def test_foreign_and_untagged_resources_are_never_touched(
    house, config, server, other_server
):
    other = open_cloud(config, "other", OpenPorts())
    foreign = House(other, house.clients, house.engine)
    await foreign.make(server, known=False)
    await other.account.close()
    await house.make(other_server, known=False)
    untagged = {"tags": {}}
    await house.clients.finish(
        "tag",
        house.clients.compute.virtual_machines.begin_update,
        GROUP,
        f"nb-{server.id}-vm",
        untagged,
    )
    for _ in range(2):
        await house.reconcile.run()
    assert [each.server_id for each in house.told.orphans] == [other_server.id]
    assert [each.id for each in (await house.adoption.adopt_all("cli"))[0]] == [other_server.id]
    assert house.work.begun == []


async def test_a_lost_database_is_rebuilt_from_tags(house, server, other_server):
    await house.make(replace(server, release="26.04", size="Standard_D2s_v5"), known=False)
    await house.make(replace(other_server, owner="U_BOB"), known=False)
    await house.cloud.machines.stop(other_server.id)
    adopted, left = await house.adoption.adopt_all("cli")
    assert left == []
    rows = {each.id: each for each in adopted}
    mine, stopped = rows[server.id], rows[other_server.id]
    assert (mine.name, mine.owner, mine.status) == ("quiet-otter", "U_ANA", Status.RUNNING)
    assert (mine.platform, mine.size) == ("ubuntu", "Standard_D2s_v5")
    assert mine.release == "26.04"
    assert mine.address
    assert mine.url == f"https://{mine.address}/"
    assert mine.created_at <= datetime.now(UTC)
    assert (stopped.owner, stopped.status) == ("U_BOB", Status.STOPPED)
    assert (await house.adoption.adopt_all("cli")) == ([], [])


async def test_an_admin_adopts_an_orphan_and_its_owner_has_it_again(house, server):
    await house.make(server, known=False)
    await house.orphans.adopt(EVE, server.id)
    assert [each.name for each in await house.store.list_servers("U_ANA")] == ["quiet-otter"]
    with pytest.raises(UserError, match="in the database already"):
        await house.orphans.adopt(EVE, server.id)


async def test_an_orphan_whose_name_is_taken_gets_another(house, server, other_server):
    await house.make(other_server)
    await house.make(replace(server, name=other_server.name), known=False)
    adopted = await house.orphans.adopt(EVE, server.id)
    assert adopted.name == "other-2"


@pytest.mark.parametrize("known", [False, True], ids=["without a row", "with an ended row"])
async def test_an_admin_deletes_an_orphan(house, server, known):
    await house.make(server, Status.FAILED, known=known)
    row = await house.orphans.delete(EVE, server.id)
    assert row.status is Status.DELETING
    assert house.work.begun == [("delete", server.id)]


async def test_a_foreign_orphan_is_shown_and_not_deleted(house, azure):
    await azure.tag_a_foreign_resource({"nb-server": "gone", "nb-installation": "test"})
    for _ in range(2):
        await house.reconcile.run()
    assert [each.server_id for each in house.told.orphans] == ["gone"]
    with pytest.raises(UserError, match=r"`foreign` carries a server's tag"):
        await house.orphans.delete(EVE, "gone")
    assert house.work.begun == []


async def test_only_admins_handle_orphans_and_never_a_live_server(house, server):
    await house.make(server)
    for act in (house.orphans.adopt, house.orphans.delete):
        with pytest.raises(UserError, match="Only admins of this bot"):
            await act(BOB, server.id)
    with pytest.raises(UserError, match="no orphan"):
        await house.orphans.delete(EVE, server.id)
    assert house.work.begun == []


async def test_a_kept_snapshot_is_no_orphan_until_its_row_forgets_it(house, server):
    await house.make(server)
    snapshot = Snapshot("word", house.clock.now())
    kept = replace(server, snapshot=snapshot)
    await house.cloud.snapshots.ensure_copy(kept, house.clock.now())
    await house.cloud.inventory.delete_server(server.id, keep="word")
    row = await house.store.update(server.id, 1, status=Status.DELETED, snapshot=snapshot)
    await house.reconcile.run()
    await house.reconcile.run()
    assert house.told.orphans == []
    assert await house.adoption.adopt_all("admin") == ([], [])
    await house.store.update(server.id, row.generation, snapshot=None)
    await house.reconcile.run()
    await house.reconcile.run()
    (orphan,) = house.told.orphans
    assert [each.is_copy for each in orphan.resources] == [True]
    assert await house.adoption.adopt_all("admin") == ([], [server.id])


async def test_adoption_skips_a_snapshot_without_its_server(house, server, other_server):
    await house.make(server, known=False)
    kept = replace(server, snapshot=Snapshot("word", house.clock.now()))
    await house.cloud.snapshots.ensure_copy(kept, house.clock.now())
    await house.cloud.inventory.delete_server(server.id, keep="word")
    await house.make(other_server, known=False)
    adopted, left = await house.adoption.adopt_all("admin")
    assert ([each.id for each in adopted], left) == ([other_server.id], [server.id])
