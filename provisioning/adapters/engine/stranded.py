"""Work that the history ascribes to this process, and that the process does not run.

An error of the database in the moment in which DBOS begins or ends a workflow leaves such work. It
would block its server for ever, since the process is alive.
"""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from provisioning.adapters.engine.history import WorkflowHistory
from provisioning.adapters.engine.running import RunningWork

_LOOK_SECONDS = 5.0

log = structlog.get_logger(__name__)


class StrandedWork:
    """Finds stranded work and puts it back into the queue."""

    def __init__(self, history: WorkflowHistory, running: RunningWork) -> None:
        self._history = history
        self._running = running
        self._task: asyncio.Task[None] | None = None

    def start(self, executor: str) -> None:
        """Begin to look for the work of the process with this name."""
        self._task = asyncio.get_running_loop().create_task(self._keep(executor))

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self, executor: str) -> None:
        before: dict[str, int] = {}
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                before = await self._look(executor, before)
            except (SQLAlchemyError, OSError):
                before = {}  # the database is down; its end leaves stranded work

    async def _look(self, executor: str, before: dict[str, int]) -> dict[str, int]:
        """Release what two looks found stranded. Work that was just taken begins in between."""
        mine = await self._history.pending(executor)
        stranded = {name: at for name, at in mine.items() if name not in self._running.ids()}
        for name in [each for each, at in stranded.items() if before.get(each) == at]:
            log.warning("stranded work goes on", workflow=name)
            await self._history.release_one(name, executor)
            del stranded[name]
        return stranded
