"""A bot without an engine, whose workflows run in memory, and requests that fail for good."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.wiring.parts import Parts
from provisioning.access.installation_keys import PLANTED
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
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
from provisioning.servers.transitions import UNDER_REPAIR
from provisioning.workflows.durable.runner import Runner
from provisioning.workflows.durable.steps import Ending, Outcome, Workflow
from tests.bots import IDENTITY, bot_of, settings_in
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeAdminAlerts, FakeCardMessages, FakeClock, FakeEngine

REASON = "A lock is on it."
REFUSAL = PermanentError(N_("A lock is on it."), "ScopeLocked")
LEFT = PermanentError(N_("The bot may not do that."), "AuthorizationFailed")


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


async def begin(paper: Paper, job: Job) -> None:
    """Bring the server to where a request for the job leaves it."""
    await paper.create()
    if job is Job.CREATE:
        await paper.become(status=Status.CREATING, repository="https://github.com/a/b")
        return
    assert await paper.run(Job.CREATE) == Ending.DONE
    snapshot = Snapshot("word", paper.clock.now())
    match job:
        case Job.START | Job.REPAIR:
            await paper.become(status=Status.STOPPING)
            await paper.run(Job.STOP)
            failure = UNDER_REPAIR if job is Job.REPAIR else None
            await paper.become(status=Status.STARTING, failure=failure)
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
