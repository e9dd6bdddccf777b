"""DBOS in this process: its start, its end, the queue, and durable steps."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
    error,
)
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from provisioning.adapters.engine.config import (
    APPLICATION,
    APPLICATION_VERSION,
    QUEUE,
    WORKFLOW,
    EngineConfig,
    close_history,
    history_url,
    open_history,
)
from provisioning.adapters.engine.history import WorkflowHistory
from provisioning.adapters.engine.running import RunningWork
from provisioning.adapters.engine.stranded import StrandedWork
from provisioning.core.language import N_
from provisioning.workflows.durable.steps import Outcome, failed

_AT_ONCE = 100
_STARTS, _START_PAUSE = 5, 1.0
_CRASHES = 50
"""Crashes of its process after which a workflow counts as their cause, and fails."""
_NEVER = 1_000_000  # DBOS's own limit: a workflow beyond it would have no end of ours

_CRASHED = N_(
    "The bot has ended unexpectedly again and again at this step, so it has given up. Tell your "
    "admin: the bot's log says more."
)

RunWorkflow = Callable[[str, str, int], Coroutine[Any, Any, str]]
"""Run a workflow, given its name, the server's id and the generation; return the ending."""

log = structlog.get_logger(__name__)


def _is_news(record: logging.LogRecord) -> bool:
    """Drop DBOS's line for each cancelled task: the engine cancels them, and says so once."""
    return not record.getMessage().startswith("Asyncio task cancelled")


class Executor:
    """DBOS. One in a process, which is DBOS's own limit.

    `alive` returns when this process surely owns its work, before each step.
    """

    def __init__(
        self,
        config: EngineConfig,
        history: WorkflowHistory,
        run: RunWorkflow,
        alive: Callable[[], Awaitable[None]],
    ) -> None:
        self._config = config
        self._history = history
        self._run = run
        self._alive = alive
        self._dbos: DBOS | None = None
        self._database: Engine | None = None
        self._function: Any = None
        self._name = ""
        self._dangerous: set[str] = set()
        self._unwritten: dict[tuple[str, int | None], Outcome] = {}
        self.running = RunningWork(self._give_back)
        self._stranded = StrandedWork(history, self.running)

    async def start(self, name: str) -> None:
        """Start DBOS, under the name of this process.

        A connection may get lost meanwhile: PostgreSQL cuts that of a process that is frozen in a
        transaction. Then DBOS starts once more.
        """
        for left in reversed(range(_STARTS)):
            try:
                return await self._start(name)
            except DBAPIError as down:
                await self.stop()
                if not left:
                    raise
                log.warning("the database was lost at the start", error=str(down.orig))
                await asyncio.sleep(_START_PAUSE)

    async def _start(self, name: str) -> None:
        self._database = open_history(self._config.database_url)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": history_url(self._config.database_url),
            "executor_id": name,
            "application_version": APPLICATION_VERSION,
            "max_executor_threads": 16,
            "system_database_engine": self._database,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": self._config.listen_every,
        }
        logging.getLogger("dbos").addFilter(_is_news)
        self._name = name
        self._unwritten.clear()
        self._dbos = DBOS(config=config)
        self._function = DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_NEVER)(
            self._as_function()
        )
        self.running.reopen()
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE,
            partition_concurrency=1,
            worker_concurrency=_AT_ONCE,
            polling_interval_sec=self._config.queue_every,
        )
        self._stranded.start(name)

    def stop_taking(self) -> None:
        """Take no further work from the queue."""
        if self._dbos is not None:
            for each in self._dbos.background_thread_stop_events:
                each.set()

    async def stop(self) -> None:
        """End DBOS and the workflows that are left."""
        if self._dbos is None:
            return
        self.stop_taking()
        await self._stranded.stop()
        await self.running.cancel()
        # DBOS has put its own threads under this loop's `to_thread`, and ends them now.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._database is not None:
            await asyncio.to_thread(close_history, self._database)
        self._dbos = None

    def _as_function(self) -> RunWorkflow:
        async def run(name: str, server_id: str, generation: int) -> str:
            return await self._run_here(name, server_id, generation)

        return run  # DBOS sets an attribute on it, which a bound method does not take

    async def _run_here(self, name: str, server_id: str, generation: int) -> str:
        workflow_id = DBOS.workflow_id or ""
        self.running.add(workflow_id)
        await self.running.between_steps()
        try:
            if await self._history.attempts(workflow_id) > _CRASHES:
                log.error("fails, since its process crashed too often", workflow=workflow_id)
                self._dangerous.add(workflow_id)
            return await self._run(name, server_id, generation)
        except error.DBOSUnexpectedStepError as unexpected:
            log.warning("begins anew, since its steps have changed", workflow=workflow_id)
            self._forget_unwritten(workflow_id)
            await self._history.release_one(workflow_id, self._name, anew=True)
            raise asyncio.CancelledError from unexpected
        except SQLAlchemyError as down:
            # To DBOS, that is the workflow's own error, which would end it.
            log.warning("stops until the database answers", workflow=workflow_id, error=str(down))
            raise asyncio.CancelledError from down
        finally:
            self._dangerous.discard(workflow_id)

    async def _give_back(self, workflow_id: str) -> None:
        await self._history.release_one(workflow_id, self._name)

    async def durably(self, name: str, body: Callable[[], Coroutine[Any, Any, Outcome]]) -> Outcome:
        """Run a step, and store its outcome.

        An outcome that the database did not take is kept, for the next run of the workflow here:
        a password must not be sent again because a disk is full.
        """
        await self.running.between_steps()
        await self._alive()
        workflow_id = DBOS.workflow_id or ""

        async def safe() -> Outcome:
            if workflow_id in self._dangerous:
                # This step, the first that is not in the history. Those of its failure may run.
                self._dangerous.remove(workflow_id)
                return failed("Crashed", _CRASHED)
            step = (workflow_id, DBOS.step_id)
            if step not in self._unwritten:
                self._unwritten[step] = await body()
            return self._unwritten[step]

        outcome = await DBOS.run_step_async({"name": name}, safe)
        self._forget_unwritten(workflow_id)
        return outcome

    def _forget_unwritten(self, workflow_id: str) -> None:
        for step in [each for each in self._unwritten if each[0] == workflow_id]:
            del self._unwritten[step]

    async def enqueue(self, workflow_id: str, name: str, server_id: str, generation: int) -> None:
        """Queue a workflow behind the others of its server; nothing if its id is known."""
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=server_id):
            await DBOS.enqueue_workflow_async(QUEUE, self._function, name, server_id, generation)

    async def status(self, workflow_id: str) -> str | None:
        """Return the status of a workflow; None if the history does not have it."""
        found = await DBOS.get_workflow_status_async(workflow_id)
        return None if found is None else found.status

    async def forget(self, statuses: Sequence[str], before: str, at_once: int) -> None:
        """Remove the workflows that ended with one of these statuses before a time."""
        while old := await DBOS.list_workflows_async(
            status=list(statuses),
            completed_before=before,
            limit=at_once,
            load_input=False,
            load_output=False,
        ):
            await DBOS.delete_workflows_async([each.workflow_id for each in old])
