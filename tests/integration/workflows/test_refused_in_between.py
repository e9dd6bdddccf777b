"""A request that is refused while it ends another one settles to what is true."""

import pytest

from provisioning.access.rights import ServerId
from provisioning.core.model.machine import Absence
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Snapshot, Status
from tests.databases import place_database
from tests.integration.workflows.paper import LEFT, REASON, Paper, begin, fail

ANA, EVE = Member("U_ANA", "Ana"), Member("U_EVE", "Eve", is_admin=True)


@pytest.fixture
async def paper(tmp_path):
    await place_database(tmp_path)
    paper = await Paper(tmp_path).open()
    yield paper
    await paper.close()


async def up_to(paper, job, name):
    """Run the steps of the workflow up to this one."""
    for step in paper.engine.workflows[job].steps:
        await step.run(await paper.server())
        if step.name == name:
            return


async def creating(paper):
    await begin(paper, Job.CREATE)
    await up_to(paper, Job.CREATE, "nic")


async def restoring(paper):
    await begin(paper, Job.UNDO)
    await up_to(paper, Job.UNDO, "machine")


async def restoring_from_disk(paper):
    await missing(paper)
    paper.cloud.resources["s1"] = {"disk", "nic", "ip"}
    await paper.become(status=Status.RESTORING)


async def missing(paper):
    await begin(paper, Job.PASSWORD)
    await paper.become(status=Status.MISSING, absence=Absence(paper.clock.now(), 3, has_disk=True))
    paper.cloud.hidden.add("s1")


async def starting(paper):
    await begin(paper, Job.START)


async def started(paper):
    await begin(paper, Job.START)
    await up_to(paper, Job.START, "power_on")


async def stopping(paper):
    await begin(paper, Job.STOP)


async def stopped(paper):
    await begin(paper, Job.START)
    await paper.become(status=Status.STOPPED)


async def resized_while_stopped(paper):
    await stopped(paper)
    await paper.become(status=Status.RESIZING)


async def delete_refused(paper, before, *, clean_up_fails):
    await before(paper)
    await paper.bot.cases.servers.servers.delete(ANA, ServerId("s1"))
    await fail(paper, Job.DELETE, "remove", clean_up_fails=clean_up_fails)
    row = await paper.server()
    assert row.work_under_way is None
    assert (row.ended_at is None) == row.status.is_live
    assert ("s1", "ScopeLocked") in paper.alerts.asked
    assert any(REASON in what for _, what in paper.cards.news), paper.cards.news
    return row


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (creating, Status.FAILED),
        (restoring, Status.DELETED),
        (restoring_from_disk, Status.MISSING),
        (missing, Status.MISSING),
        (starting, Status.RUNNING),
        (started, Status.RUNNING),
        (stopping, Status.RUNNING),
        (stopped, Status.STOPPED),
        (resized_while_stopped, Status.STOPPED),
    ],
)
async def test_a_deletion_of_which_nothing_is_known_settles_to_what_the_server_was(
    paper, before, status
):
    """A server that was just being started is in doubt, and counts as running."""
    row = await delete_refused(paper, before, clean_up_fails=True)
    assert row.status is status
    if not row.status.is_live:
        assert row.remains.reason == LEFT.reason, "the card has a button that tries again"


@pytest.mark.parametrize(
    ("before", "status", "left"),
    [
        (creating, Status.FAILED, set()),
        (restoring, Status.DELETED, set()),
        (restoring_from_disk, Status.DELETED, set()),
        (missing, Status.DELETED, set()),
        (starting, Status.STOPPED, {"vm", "ip", "nic"}),
        (started, Status.RUNNING, {"vm", "ip", "nic", "power"}),
        (stopping, Status.RUNNING, {"vm", "ip", "nic", "power"}),
        (stopped, Status.STOPPED, {"vm", "ip", "nic"}),
    ],
)
async def test_a_deletion_that_was_refused_settles_to_what_azure_shows(paper, before, status, left):
    row = await delete_refused(paper, before, clean_up_fails=False)
    assert (row.status, row.remains) == (status, None)
    assert paper.cloud.resources.get("s1", set()) == left
    if status is Status.DELETED:
        assert row.failure is None, "it is deleted after all"


async def test_the_rest_of_a_refused_deletion_of_a_restore_is_deleted_by_a_click(paper):
    await delete_refused(paper, restoring, clean_up_fails=True)
    paper.cloud.refusal = None
    await paper.bot.cases.servers.servers.delete(ANA, ServerId("s1"))
    assert paper.engine.taken() == [(Job.DELETE, "s1"), (Job.CLEAN_UP, "s1")]
    await paper.run(Job.CLEAN_UP)
    row = await paper.server()
    assert (row.status, row.failure, row.remains) == (Status.DELETED, None, None)
    assert paper.cloud.resources == {}


async def test_an_orphan_whose_deletion_is_refused_was_no_creation(paper):
    paper.cloud.resources["s1"] = {"nic"}
    await paper.bot.cases.admin.orphans.delete(EVE, "s1")
    await fail(paper, Job.DELETE, "remove", clean_up_fails=True)
    row = await paper.server()
    assert (row.status, row.remains.job) == (Status.DELETED, Job.DELETE)
    assert "before it was ready" not in row.failure.text


async def test_a_refused_deletion_with_a_snapshot_of_a_machine_that_starts_is_in_doubt(paper):
    await started(paper)
    await paper.become(
        status=Status.DELETING, stopped_at=None, snapshot=Snapshot("w", paper.clock.now())
    )
    await fail(paper, Job.DELETE_WITH_COPY, "turn_off", clean_up_fails=True)
    assert (await paper.server()).status is Status.RUNNING


@pytest.mark.parametrize("clean_up_fails", [True, False])
async def test_a_restart_that_azure_refuses_leaves_the_machine_and_its_work_running(
    paper, clean_up_fails
):
    await begin(paper, Job.RESTART)
    await fail(paper, Job.RESTART, "reboot", clean_up_fails=clean_up_fails)
    row = await paper.server()
    assert (row.status, row.remains, row.stopped_at) == (Status.RUNNING, None, None)
    assert "power" in paper.cloud.resources["s1"]
    assert "could not be restarted" in row.failure.text


async def test_a_machine_that_is_off_after_a_refused_restart_is_stopped(paper):
    await begin(paper, Job.RESTART)
    paper.cloud.resources["s1"].discard("power")
    await fail(paper, Job.RESTART, "reboot", clean_up_fails=False)
    row = await paper.server()
    assert (row.status, row.remains) == (Status.STOPPED, None)
    assert row.stopped_at is not None


async def test_a_stop_that_is_refused_during_a_start_follows_what_azure_shows(paper):
    await starting(paper)
    await paper.bot.cases.servers.servers.stop(ANA, ServerId("s1"))
    await fail(paper, Job.STOP, "deallocate", clean_up_fails=False)
    row = await paper.server()
    assert (row.status, row.failure) == (Status.STOPPED, None)
