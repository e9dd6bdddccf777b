"""An engine with workflows of a test's own, on a real database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.engine import make_url

from provisioning.adapters.engine import Engine, EngineConfig, Schedule
from provisioning.adapters.sql.audit import SqlDueWork
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job, Server, Status
from provisioning.workflows.durable.endings import FailedStep, OnFailure
from provisioning.workflows.durable.steps import Step, Workflow
from tests.fakes import FakeAdminAlerts, FakeCardMessages

DEADLINE_SECONDS = 60.0
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class SmallEngine:
    """One process's engine, and its rows."""

    def __init__(self, url: str, *, now: Callable[[], datetime] | None = None) -> None:
        self.database = create_database_engine(url)
        self.schema = "" if make_url(url).get_backend_name() == "sqlite" else "dbos."
        self.store = SqlServers(self.database)
        self.failed: list[tuple[str, str]] = []
        config = EngineConfig(url, listen_every=0.05, queue_every=0.02)
        if now is not None:
            config = replace(config, now=now)
        cards, due = FakeCardMessages(), SqlDueWork(self.database)
        self.engine = Engine(config, self.store, cards, FakeAdminAlerts(), due)

    async def launch(
        self, *steps: Step, job: Job = Job.CREATE, schedules: Mapping[str, Schedule] = {}
    ) -> None:
        """Start with one workflow of these steps."""
        workflow = Workflow(job.value, steps, OnFailure(self._settle))
        self.engine.add_workflows({job.value: workflow})
        self.engine.schedule_all(schedules)
        await self.engine.launch()

    async def _settle(self, server: Server, failed: FailedStep) -> None:
        self.failed.append((server.id, failed.name))

    async def close(self) -> None:
        await self.engine.close()
        await self.database.dispose()

    async def begin(self, number: int = 1, job: Job = Job.CREATE) -> Server:
        """Begin the workflow on a new server."""
        server = Server(
            id=f"s{number}",
            name=f"name-{number}",
            owner="U_ANA",
            owner_name="Ana",
            platform="ubuntu",
            size="Standard_B2s",
            region="westeurope",
            status=Status.CREATING,
            created_at=NOW,
            request_key=f"t{number}",
        )
        await self.store.add_server(server, Event(NOW, "U_ANA", "create", server.id, "accepted"))
        await self.engine.begin(job, server)
        return server

    async def statuses(self) -> dict[str, str]:
        """Return the status of each workflow in the history, by its id."""
        rows = await self.rows(f"select workflow_uuid, status from {self.schema}workflow_status")
        return {str(name): str(status) for name, status in rows}

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.database.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]

    async def execute(self, *statements: str) -> None:
        async with self.database.begin() as connection:
            for each in statements:
                await connection.execute(text(each))

    async def until_ended(self, workflow_id: str = "s1:create:1", ending: str = "SUCCESS") -> None:
        async def ended() -> bool:
            return (await self.statuses()).get(workflow_id) == ending

        await until(ended)


async def until(
    condition: Callable[[], Awaitable[bool]] | Callable[[], bool], seconds: float = DEADLINE_SECONDS
) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


class Diary:
    """Steps that note when they ran, each behind a gate if it has one."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def step(self, name: str, *, gate: bool = False) -> Step:
        if gate:
            self.gates[name] = asyncio.Event()

        async def run(server: Server) -> None:
            self.notes.append(f"{name} {server.id}")
            if gate:
                await self.gates[name].wait()
                self.notes.append(f"{name} {server.id} passed")

        return Step(name, run)

    async def until(self, note: str, count: int = 1) -> None:
        await until(lambda: self.notes.count(note) >= count)
