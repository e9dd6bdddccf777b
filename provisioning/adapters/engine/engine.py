"""The durable engine: workflows and schedules on DBOS.

The engine finds a workflow by name in the table that
`provisioning.workflows.table` makes. A workflow's arguments are the server's id and
generation, and its stored results are `Outcome`s, so no secret is ever stored. One server's
workflows run one after another (a partition of the queue), different servers' at the same time.
After a crash, `launch` resumes every workflow where it stopped.
"""

import asyncio
import contextvars
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from typing_extensions import override

from provisioning.adapters.engine.config import (
    APPLICATION_VERSION,
    QUEUE,
    EngineConfig,
    Schedule,
    history_url,
)
from provisioning.adapters.engine.due_work import FINAL_STATUSES, DueJobs
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.chat import AdminAlerts, CardMessages
from provisioning.core.ports.engine import Due, DueWork, Work
from provisioning.core.ports.store import ServerStore
from provisioning.notebooks.requirements import FIRST_PACKAGES
from provisioning.workflows.durable.runner import Runner
from provisioning.workflows.durable.steps import Outcome, Workflow

HISTORY_KEPT = timedelta(days=7)

_FORGOTTEN_AT_ONCE = 500
_AT_ONCE = 100
_QUEUE_POLL_SECONDS = 0.2
_RECOVERIES = 1000  # crashes of the bot that one workflow survives

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
        self._config = config
        self._due = DueJobs(store, due, self._status, self._enqueue)
        self._runner = Runner(store, cards, alerts, self._durably)
        self._schedules: dict[str, Schedule] = {}
        self._store = store

    def add_workflows(self, workflows: Mapping[str, Workflow]) -> None:
        """Know these workflows, by their names, from the next launch on."""
        self._runner.add(workflows)

    def schedule(self, name: str, schedule: Schedule) -> None:
        """Add a schedule that runs from the next launch on. The history keeps its name."""
        self._schedules[name] = schedule

    def schedule_all(self, schedules: Mapping[str, Schedule]) -> None:
        """Add each schedule under its name."""
        for name, schedule in schedules.items():
            self.schedule(name, schedule)

    async def launch(self) -> None:
        """Start the engine, and resume every workflow that was running."""
        config: DBOSConfig = {
            "name": "notebook-bot",
            "system_database_url": history_url(self._config.database_url),
            "executor_id": self._config.executor_id,
            "application_version": APPLICATION_VERSION,
            "max_executor_threads": 16,
            "sys_db_pool_size": 16,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": self._config.listen_every,
        }
        DBOS(config=config)
        self._run = DBOS.workflow(name="run.v1", max_recovery_attempts=_RECOVERIES)(
            self._as_function()
        )
        tick = DBOS.workflow(name="tick.v1", max_recovery_attempts=_RECOVERIES)(
            self._tick_as_function()
        )
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=_AT_ONCE,
            polling_interval_sec=_QUEUE_POLL_SECONDS,
        )
        await DBOS.apply_schedules_async(
            [
                {"schedule_name": name, "workflow_fn": tick, "schedule": each.cron, "context": name}
                for name, each in self._schedules.items()
            ]
        )

    def _as_function(self) -> Callable[[str, str, int], Coroutine[Any, Any, str]]:
        async def run(name: str, server_id: str, generation: int) -> str:
            return await self._due.run(self._runner.run, name, server_id, generation)

        return run  # DBOS sets an attribute on it, which a bound method does not take

    def _tick_as_function(self) -> Callable[[datetime | str, str], Coroutine[Any, Any, None]]:
        async def tick(scheduled_at: datetime | str, name: str) -> None:
            await self._tick(scheduled_at, name)

        return tick

    async def _tick(self, scheduled_at: datetime | str, name: str) -> None:
        """Run a schedule once. Errors are logged, and the next tick tries again."""
        schedule = self._schedules.get(name)
        if schedule is None:
            return  # a schedule of an older version
        # The portable history stores times as text.
        moment = scheduled_at
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        # A context of its own: workflows that `run` begins must not become steps of this tick.
        # A tick that runs again after a crash finds other work, and would get the results
        # stored for the earlier steps.
        work = asyncio.get_running_loop().create_task(
            _awaited(schedule.run(moment)), context=contextvars.Context()
        )
        try:
            await work
        except Exception:
            log.exception("schedule failed", schedule=name)
        finally:
            work.cancel()

    async def close(self) -> None:
        """Stop taking work; running workflows resume at the next launch."""
        DBOS.destroy(destroy_registry=True)

    @override
    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        await self._due.begin(job, server, key)

    async def forget(self, now: datetime) -> None:
        """Remove the history of workflows that ended long before `now`, ticks above all."""
        before = (now - HISTORY_KEPT).isoformat()
        while old := await DBOS.list_workflows_async(
            status=sorted(FINAL_STATUSES),
            completed_before=before,
            limit=_FORGOTTEN_AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([each.workflow_id for each in old])

    async def recover(self, _scheduled_at: datetime | None = None) -> None:
        """Start the workflows that rows need and the history does not have or gave up on.

        A crash between a row's transaction and the start of its workflow leaves such a row, and so
        does a
        database error at that start. What a failed request has left behind is cleaned up again
        once an hour.
        """
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
            moved = await self._store.update(
                server.id, server.generation, generation=server.generation + 1
            )
            if moved is None:
                return
            log.warning("work starts again", server=server.id, workflow=job, was=status)
            server = moved
        await self.begin(job, server)

    async def _enqueue(self, work: Due, server: Server) -> None:
        with SetWorkflowID(work.id), SetEnqueueOptions(queue_partition_key=server.id):
            await DBOS.enqueue_workflow_async(
                QUEUE, self._run, work.job.value, server.id, server.generation
            )

    async def _status(self, workflow_id: str) -> str | None:
        status = await DBOS.get_workflow_status_async(workflow_id)
        return None if status is None else status.status

    async def _durably(
        self, name: str, body: Callable[[], Coroutine[Any, Any, Outcome]]
    ) -> Outcome:
        return await DBOS.run_step_async({"name": name}, body)


async def _awaited(work: Awaitable[object]) -> None:
    """Await the work: a task takes coroutines only."""
    await work
