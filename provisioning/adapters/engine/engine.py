"""The durable engine: workflows and schedules on DBOS.

The engine finds a workflow by name in the table that
`provisioning.workflows.table` makes. A workflow's arguments are the server's id and
generation, and its stored results are `Outcome`s, so no secret is ever stored. One server's
workflows run one after another (a partition of the queue), different servers' at the same time.
After a crash, `launch` resumes every workflow where it stopped. On PostgreSQL, several processes
share the work, and one that dies leaves its workflows to the others.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Histogram
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from provisioning.adapters.engine.config import EngineConfig, Schedule, open_database
from provisioning.adapters.engine.due_work import FINAL_STATUSES, DueJobs
from provisioning.adapters.engine.executor import Executor
from provisioning.adapters.engine.heartbeat import Alone, Calls, Heartbeat
from provisioning.adapters.engine.history import WorkflowHistory
from provisioning.adapters.engine.leases import Leases
from provisioning.adapters.engine.ticks import Ticks
from provisioning.core.model.names import reference_of
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.chat import AdminAlerts, CardMessages
from provisioning.core.ports.engine import Due, DueWork, Work
from provisioning.core.ports.store import ServerStore
from provisioning.notebooks.requirements import FIRST_PACKAGES
from provisioning.workflows.durable.runner import Runner
from provisioning.workflows.durable.steps import Outcome, Workflow

HISTORY_KEPT = timedelta(days=7)
_FORGOTTEN_AT_ONCE = 500

STEPS = Histogram(
    "notebook_bot_step_seconds",
    "Steps of workflows, by name and ending",
    ["step", "ending"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
)

log = structlog.get_logger(__name__)


class Engine(Work):
    """Runs the workflows. One engine in a process (DBOS's own limit)."""

    def __init__(
        self,
        config: EngineConfig,
        store: ServerStore,
        cards: CardMessages,
        alerts: AdminAlerts,
        due: DueWork,
    ) -> None:
        self._store = store
        self._database = open_database(config.database_url)
        self._history = WorkflowHistory(self._database)
        alone = self._database.dialect.name == "sqlite"
        self._heartbeat = (Alone if alone else Heartbeat)(self._database, self._history)
        self._runner = Runner(store, cards, alerts, self._durably)
        self._due = DueJobs(store, due, self._status, self._enqueue, self._runner.run)
        self._executor = Executor(config, self._history, self._due.run, self._heartbeat.confirmed)
        self._now = config.now
        self._schedules: dict[str, Schedule] = {}
        self._ticks: Ticks | None = None
        self._after_takeover: list[Callable[[], Awaitable[object]]] = []
        self._open = asyncio.Event()
        self._open.set()

    @property
    def executor_id(self) -> str:
        """The name of this process, another one after each launch; "" before."""
        return self._heartbeat.executor_id

    @property
    def processes(self) -> int:
        """The number of processes that share the database, this one included."""
        return self._heartbeat.processes

    def after_takeover(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call this too after this process has taken over the work of a dead one."""
        self._after_takeover.append(call)

    def add_workflows(self, workflows: Mapping[str, Workflow]) -> None:
        """Know these workflows, by their names, from the next launch on."""
        self._runner.add(workflows)

    def schedule(self, name: str, schedule: Schedule) -> None:
        """Add a schedule that runs from the next launch on. The database keeps its name."""
        self._schedules[name] = schedule

    def schedule_all(self, schedules: Mapping[str, Schedule]) -> None:
        """Add each schedule under its name."""
        for name, schedule in schedules.items():
            self.schedule(name, schedule)

    async def launch(self) -> None:
        """Start the engine, and resume every workflow that no living process runs."""
        await self._heartbeat.join()
        await self._history.prepare()
        await self._start()
        self._heartbeat.start(Calls(self._rejoin, self._took_over, self._resume_ticks))

    async def _start(self) -> None:
        name = self._heartbeat.executor_id
        await self._executor.start(name)
        self._ticks = Ticks(self._schedules, Leases(self._database, name), self._now)
        await self._ticks.start()

    async def _rejoin(self) -> None:
        """Go on under a new name: the other processes took this one for dead.

        Its work is theirs now, so its steps end here, wherever they are.
        """
        lost = self._heartbeat.executor_id
        log.warning("this process was silent for so long that others have its work", process=lost)
        self._open.clear()
        try:
            await self._stop()
            await self._history.give_back(lost)
            await self._heartbeat.join()
            await self._start()
        except BaseException:
            self._heartbeat.executor_id = lost  # so that the next heartbeat tries again
            raise
        finally:
            self._open.set()

    async def _took_over(self) -> None:
        await self.recover()
        for call in self._after_takeover:
            await call()

    async def _resume_ticks(self) -> None:
        if self._ticks is not None:
            await self._ticks.resume()

    async def drain(self, seconds: float) -> None:
        """Take no further work, and wait up to `seconds` for the running steps."""
        self._executor.stop_taking()
        ticks = self._ticks.stop(seconds) if self._ticks is not None else asyncio.sleep(0)
        await asyncio.gather(ticks, self._executor.running.drain(seconds))

    async def close(self) -> None:
        """End the steps that are left, and leave the work to other processes or the next start."""
        await self._heartbeat.stop()
        await self._stop()
        try:
            await self._heartbeat.leave()
        except (SQLAlchemyError, OSError) as error:
            log.warning("the work was not handed over; others wait for it", error=str(error))
        await self._database.dispose()

    async def _stop(self) -> None:
        if self._ticks is not None:
            await self._ticks.stop()
        await self._executor.stop()

    @override
    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        reference = reference_of(server.id, server.generation)
        log.info("work begins", workflow=job.value, server=server.id, reference=reference)
        await self._due.begin(job, server, key)

    async def _enqueue(self, work: Due, server: Server) -> None:
        await self._open.wait()
        await self._executor.enqueue(work.id, work.job.value, server.id, server.generation)

    async def _status(self, workflow_id: str) -> str | None:
        await self._open.wait()
        return await self._executor.status(workflow_id)

    async def latest_tick(self, name: str) -> datetime | None:
        """Return the time of a schedule's latest tick in any process; None if it has had none."""
        return await Leases(self._database, "").latest(name)

    async def forget(self, now: datetime) -> None:
        """Remove the history of workflows that ended long before `now`."""
        before = (now - HISTORY_KEPT).isoformat()
        await self._executor.forget(sorted(FINAL_STATUSES), before, _FORGOTTEN_AT_ONCE)

    async def recover(self, _scheduled_at: datetime | None = None) -> None:
        """Start the workflows that rows need and the history does not have or gave up on.

        A crash between a row's transaction and the start of its workflow leaves such a row, and so
        does a database error at that start. What a failed request has left behind is cleaned up
        again once an hour.
        """
        await self._history.read_afresh()
        for server in await self._store.list_servers():
            job = server.work_under_way
            if job is not None:
                await self._ensure_work(job, server)
                if job is Job.CREATE and server.packages:
                    await self.begin(Job.PACKAGES, server, FIRST_PACKAGES)
            elif server.access_list.is_due and server.status is Status.RUNNING:
                await self.begin(Job.PEOPLE, server, f"recovered-{uuid.uuid4()}")
        hour = datetime.now(UTC).isoformat(timespec="hours")
        for server in await self._store.with_remains():
            await self.begin(Job.CLEAN_UP, server, f"{server.generation}:{hour}")
        await self._due.begin_again()

    async def _ensure_work(self, job: Job, server: Server) -> None:
        status = await self._status(f"{server.id}:{job}:{server.generation}")
        if status in FINAL_STATUSES:
            # The workflow may have ended as it should, after this row was read.
            current = await self._store.get(server.id)
            if current is None or current.work_under_way is not job:
                return
            moved = await self._store.update(
                server.id, server.generation, generation=server.generation + 1
            )
            if moved is None:
                return
            log.warning("work starts again", server=server.id, workflow=job, was=status)
            server = moved
        await self.begin(job, server)

    async def _durably(
        self, name: str, body: Callable[[], Coroutine[Any, Any, Outcome]]
    ) -> Outcome:
        async def measured() -> Outcome:
            began = time.perf_counter()
            outcome = await body()
            STEPS.labels(name, outcome["ending"]).observe(time.perf_counter() - began)
            return outcome

        return await self._executor.durably(name, measured)
