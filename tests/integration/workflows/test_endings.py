"""Each step of each workflow fails for good, once with a clean-up that fails as well.

The cases come from the bot's own table of workflows, so a new step has its cases by itself.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from provisioning.core.model.cloud import CloudMachine, PowerState
from provisioning.core.model.events import Event
from provisioning.core.model.people import Share
from provisioning.core.model.server import (
    Failure,
    Job,
    Remains,
    Server,
    Status,
)
from provisioning.servers.transitions import DELETE, START, STOP
from provisioning.workflows.durable.steps import Ending
from tests.databases import place_database
from tests.integration.workflows.paper import LEFT, REASON, REFUSAL, Paper, begin, fail

MESSAGES = {"tell", "tell_deleted", "farewell", "redraw", "tell_why", "tell_warning"}
MESSAGES |= {"tell_held_end"}
"""Steps that only post or draw: the server works when one fails."""


def steps_of_the_bot() -> list[tuple[str, str]]:
    """Return the name of each workflow with each of its steps, and with its clean-up."""

    async def found() -> list[tuple[str, str]]:
        with TemporaryDirectory() as folder:
            paper = await Paper(Path(folder)).open()
            await paper.close()
        workflows = paper.engine.workflows.values()
        return [(each.name, step.name) for each in workflows for step in each.steps]

    return asyncio.run(found())


STEPS = steps_of_the_bot()


@pytest.fixture
async def paper(tmp_path):
    await place_database(tmp_path)
    paper = await Paper(tmp_path).open()
    yield paper
    await paper.close()


@pytest.mark.parametrize(
    "clean_up_fails",
    [
        pytest.param(True, id="all refused"),
        pytest.param(False, id="then works", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize(("job", "name"), STEPS, ids=str)
async def test_a_step_that_fails_for_good_has_an_end_that_is_told(paper, job, name, clean_up_fails):
    job = Job(job)
    await begin(paper, job)
    ending = await fail(paper, job, name, clean_up_fails=clean_up_fails)
    step = next(each for each in paper.engine.workflows[job].steps if each.name == name)
    if ending == Ending.DONE:
        assert step.optional
    else:
        assert_told(paper, job, name)
    assert ("s1", "ScopeLocked") in paper.alerts.asked, "only an admin can remove a lock"
    await assert_settled(paper, job, clean_up_fails=clean_up_fails)
    await assert_a_second_request_is_taken(paper)


def assert_told(paper: Paper, job: Job, name: str) -> None:
    """The owner has a new message with the reason; or with the state, if only a message failed."""
    told = [what for _, what in paper.cards.news]
    told += [what for _, what in paper.cards.shown if what.startswith("packages ")]
    if job is Job.CLEAN_UP:  # the owner knows: the first clean-up has failed with news
        assert paper.cards.shown
    elif name in MESSAGES:
        assert told
    else:
        reasons = (REASON, LEFT.reason)  # an optional step fails, and then perhaps another one
        assert any(reason in what for reason in reasons for what in told), told


async def assert_settled(paper: Paper, job: Job, *, clean_up_fails: bool) -> None:
    """No state is left that only a workflow ends, and what may be left costs nothing unseen."""
    row = await paper.server()
    assert row.work_under_way is None, row.status
    if not clean_up_fails and job is not Job.CLEAN_UP:
        assert row.remains is None
    if row.remains is not None:
        assert row.remains.reason, "a clean-up that was given up says why"
        assert not row.status.is_live
    if row.status is Status.STOPPED and "vm" in paper.cloud.resources["s1"]:
        assert "power" not in paper.cloud.resources["s1"], "it runs, and its owner does not know"
    if row.status in (Status.DELETED, Status.FAILED) and row.remains is None:
        kept = {f"copy-{row.snapshot.id}"} if row.snapshot else set()
        assert paper.cloud.resources.get("s1", set()) == kept


async def assert_a_second_request_is_taken(paper: Paper) -> None:
    """The owner can go on, and in the end nothing is left in the cloud."""
    paper.cloud.refusal = None
    row = await paper.server()
    if row.has_leftovers:
        assert await paper.run(Job.CLEAN_UP) == Ending.DONE
        assert (await paper.server()).remains is None
    if row.status is Status.FAILED:
        await paper.create("s2")  # the name is free again
    elif row.status is not Status.DELETED:
        (START if row.status is Status.STOPPED else STOP).check(row)
        DELETE.check(row)
        await paper.become(status=Status.DELETING, snapshot=None)
        assert await paper.run(Job.DELETE) == Ending.DONE
    row = await paper.server()
    kept = {f"copy-{row.snapshot.id}"} if row.snapshot else set()
    assert paper.cloud.resources.get("s1", set()) == kept


@pytest.mark.parametrize(("remains", "begun"), [(Remains(Job.START), []), (None, [Job.START])])
async def test_a_machine_that_is_being_stopped_again_is_not_started(paper, remains, begun):
    """Reconciliation takes a running machine of a stopped server for one that a person started."""
    await begin(paper, Job.STOP)
    failure = Failure(REASON, "ScopeLocked", Job.START)
    await paper.become(status=Status.STOPPED, failure=failure, remains=remains)
    machine = CloudMachine(
        "s1", "sales", "U_ANA", PowerState.RUNNING, "Standard_B2s", "westeurope", "", None
    )
    paper.cloud.known_machines["s1"] = machine
    await paper.bot.cases.admin.reconcile.run()
    assert [job for job, _ in paper.engine.taken()] == begun


async def test_a_stop_that_azure_did_all_the_same_counts(paper):
    await begin(paper, Job.STOP)
    paper.cloud.resources["s1"].discard("power")
    assert await fail(paper, Job.STOP, "deallocate", clean_up_fails=False) == Ending.FAILED
    row = await paper.server()
    assert (row.status, row.failure) == (Status.STOPPED, None)
    assert paper.cards.shown[-1] == ("s1", "stopped")


async def test_a_start_gives_a_machine_its_own_size_back_after_a_failed_resize(paper):
    await begin(paper, Job.RESIZE)
    await fail(paper, Job.RESIZE, "turn_on", clean_up_fails=True)
    paper.cloud.refusal = None
    paper.cloud.resources["s1"].discard("power")
    assert paper.cloud.machine_sizes == {"s1": "Standard_B2ms"}
    await paper.become(status=Status.STARTING)
    assert await paper.run(Job.START) == Ending.DONE
    row = await paper.server()
    assert (row.size, row.resize) == ("Standard_B2s", None)
    assert paper.cloud.machine_sizes == {"s1": "Standard_B2s"}


async def test_a_disk_without_its_snapshot_is_not_deleted_after_a_failed_deletion(paper):
    """Azure does not show the machine, and refused the snapshot."""
    await begin(paper, Job.DELETE_WITH_COPY)
    parts = paper.cloud.resources["s1"]

    class Hidden(set[str]):
        def __contains__(self, part: object) -> bool:
            return part not in ("vm", "power") and super().__contains__(part)

    async def refuse(_server: Server) -> None:
        paper.cloud.resources["s1"] = Hidden(parts)
        paper.cloud.failures["ensure_copy"] = [LEFT]
        raise REFUSAL

    workflow = paper.engine.workflows[Job.DELETE_WITH_COPY]
    steps = [replace(each, run=refuse) if each.name == "copy" else each for each in workflow.steps]
    await paper.run(Job.DELETE_WITH_COPY, replace(workflow, steps=tuple(steps)))
    assert set(paper.cloud.resources["s1"]) >= {"vm", "ip", "nic"}
    assert (await paper.server()).status is not Status.DELETED


async def test_a_deletion_that_ends_after_a_refusal_ends_the_shares_too(paper):
    await begin(paper, Job.DELETE)
    now = paper.clock.now()
    event = Event(now, "U_ANA", "share", "s1", "accepted")
    shares = paper.bot.edges.stores.shares
    await shares.add_share(Share("s1", "U_BOB", "bob", now), event)
    paper.cloud.resources["s1"] -= {"vm", "power"}
    await fail(paper, Job.DELETE, "remove", clean_up_fails=False)
    assert (await paper.server()).status is Status.DELETED
    assert await shares.shares("s1") == []


async def test_the_news_of_a_failure_that_slack_refused_come_after_the_clean_up(paper):
    await begin(paper, Job.CREATE)
    paper.cards.down = 1
    await fail(paper, Job.CREATE, "vm", clean_up_fails=False)
    assert len(paper.cards.news) == 1
    assert (await paper.server()).remains is None


def test_the_cases_are_those_of_every_workflow():
    assert {job for job, _ in STEPS} == set(Job)
