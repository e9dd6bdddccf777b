"""Each step of each workflow fails for good, once with a clean-up that fails as well.

The cases come from the bot's own table of workflows, so a new step has its cases by itself.
"""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.wiring.parts import Parts
from provisioning.access.installation_keys import PLANTED
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import CloudMachine, PowerState
from provisioning.core.model.events import Event
from provisioning.core.model.server import (
    Failure,
    Job,
    PasswordHidden,
    Remains,
    ResizeRequest,
    Server,
    Snapshot,
    Status,
)
from provisioning.servers.transitions import DELETE, START, STOP
from provisioning.workflows.durable.runner import Runner
from provisioning.workflows.durable.steps import Ending, Outcome, Workflow
from tests.bots import IDENTITY, bot_of, settings_in
from tests.databases import place_database
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeAdminAlerts, FakeCardMessages, FakeClock, FakeEngine

REASON = "A lock is on it."
REFUSAL = PermanentError(N_("A lock is on it."), "ScopeLocked")
LEFT = PermanentError(N_("The bot may not do that."), "AuthorizationFailed")

MESSAGES = {"tell", "tell_deleted", "farewell", "redraw", "tell_why", "tell_warning"}
MESSAGES |= {"tell_held_end"}
"""Steps that only post or draw: the server works when one fails."""


@dataclass
class Paper:
    """A bot without an engine: a runner in memory over a real database, and fakes around it."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    cloud: FakeCloud = field(default_factory=FakeCloud)
    host: FakeHost = field(default_factory=FakeHost)
    cards: FakeCardMessages = field(default_factory=FakeCardMessages)
    alerts: FakeAdminAlerts = field(default_factory=FakeAdminAlerts)
    engine: FakeEngine = field(default_factory=FakeEngine)

    async def open(self) -> "Paper":
        parts: Parts = {
            "identity": IDENTITY,
            "clock": self.clock,
            "cloud": self.cloud,
            "host": self.host,
            "cards": self.cards,
            "alerts": self.alerts,
            "engine": self.engine,
        }
        self.bot = await bot_of(settings_in(self.folder), **parts)
        self.store = self.bot.edges.stores.servers
        return self

    async def close(self) -> None:
        await self.bot.receiver.close()
        await self.bot.edges.close()

    async def run(self, job: Job, workflow: Workflow | None = None) -> str:
        """Run the workflow for the server as it is now."""
        runner = Runner(self.store, self.cards, self.alerts, in_memory)
        runner.add(self.engine.workflows | {job: workflow or self.engine.workflows[job]})
        return await runner.run(job, "s1", (await self.server()).generation)

    async def server(self) -> Server:
        server = await self.store.get("s1")
        assert server is not None
        return server

    async def become(self, **changes: object) -> None:
        """Change the row as a request does."""
        server = await self.server()
        generation = server.generation + 1
        usual = {"generation": generation, "failure": None, "remains": None}
        assert await self.store.update("s1", server.generation, **(usual | changes))

    async def create(self, server_id: str = "s1") -> None:
        now = self.clock.now()
        server = Server(
            id=server_id,
            name="sales",
            owner="U_ANA",
            owner_name="Ana",
            platform="ubuntu",
            size="Standard_B2s",
            region="westeurope",
            status=Status.CREATING,
            created_at=now,
            request_key=server_id,
        )
        await self.store.add_server(server, Event(now, "U_ANA", "create", server_id, "accepted"))


async def in_memory(_name: str, body) -> Outcome:
    outcome: Outcome = await body()
    return outcome


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


async def begin(paper: Paper, job: Job) -> None:
    """Bring the server to where a request for the job leaves it."""
    await paper.create()
    if job is Job.CREATE:
        await paper.become(status=Status.CREATING, repository="https://github.com/a/b")
        return
    assert await paper.run(Job.CREATE) == Ending.DONE
    snapshot = Snapshot("word", paper.clock.now())
    match job:
        case Job.START:
            await paper.become(status=Status.STOPPING)
            await paper.run(Job.STOP)
            await paper.become(status=Status.STARTING)
        case Job.DELETE_WITH_COPY:
            await paper.become(status=Status.DELETING, snapshot=snapshot)
        case Job.UNDO:
            await paper.become(status=Status.DELETING, snapshot=snapshot)
            await paper.run(Job.DELETE_WITH_COPY)
            await paper.become(status=Status.RESTORING, host_key_generation=PLANTED)
        case Job.RESIZE:
            request = ResizeRequest("Standard_B2ms", None)
            await paper.become(status=Status.RESIZING, resize=request)
        case Job.CLEAN_UP:
            failure = Failure(REASON, "ScopeLocked", Job.CREATE)
            remains = Remains(Job.CREATE, "It was refused.")
            await paper.become(status=Status.FAILED, failure=failure, remains=remains)
        case Job.PACKAGES:
            await paper.become(packages=("toolz",))
        case Job.RENAME | Job.REDRAW | Job.WARN:
            await paper.become(password=PasswordHidden())  # a card with a password stays as it is
        case Job.STOP | Job.RESTART | Job.DELETE:
            states = {
                Job.STOP: Status.STOPPING,
                Job.RESTART: Status.RESTARTING,
                Job.DELETE: Status.DELETING,
            }
            await paper.become(status=states[job])


async def fail(paper: Paper, job: Job, name: str, *, clean_up_fails: bool) -> str:
    """Run the workflow with that step refused for good, and then also the clean-up if asked."""

    async def refuse(_server: Server) -> None:
        if clean_up_fails:
            paper.cloud.refusal = LEFT
        paper.cards.shown.clear()
        paper.cards.news.clear()
        raise REFUSAL

    workflow = paper.engine.workflows[job]
    steps = [replace(each, run=refuse) if each.name == name else each for each in workflow.steps]
    return await paper.run(job, replace(workflow, steps=tuple(steps)))


@pytest.mark.parametrize("clean_up_fails", [True, False], ids=["all refused", "then works"])
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


async def test_the_news_of_a_failure_that_slack_refused_come_after_the_clean_up(paper):
    await begin(paper, Job.CREATE)
    paper.cards.down = 1
    await fail(paper, Job.CREATE, "vm", clean_up_fails=False)
    assert len(paper.cards.news) == 1
    assert (await paper.server()).remains is None


def test_the_cases_are_those_of_every_workflow():
    assert {job for job, _ in STEPS} == set(Job)
