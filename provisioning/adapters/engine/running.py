"""The workflows that run in this process: each is let in, and all are ended in good order."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from provisioning.workflows.durable.pauses import Pauses

_LOOK_SECONDS = 0.05
_ENDING_SECONDS = 10.0

log = structlog.get_logger(__name__)


class RunningWork:
    """The tasks of the running workflows.

    `release` puts a workflow back into the queue, by its id.
    """

    def __init__(self, release: Callable[[str], Awaitable[None]]) -> None:
        self._release = release
        self._workflows: dict[asyncio.Task[object], str] = {}
        self._pauses = Pauses()
        self._stopping = False

    def add(self, workflow_id: str) -> None:
        """Know the current task as a workflow's, until it ends."""
        if (task := asyncio.current_task()) is not None:
            self._workflows[task] = workflow_id
            task.add_done_callback(self._workflows.pop)
            self._pauses.hold()

    def ids(self) -> set[str]:
        """Return the ids of the workflows that run."""
        return set(self._workflows.values())

    async def between_steps(self) -> None:
        """End the current workflow here if the engine is stopping. Another process goes on.

        Raises:
            CancelledError: if the engine is stopping.
        """
        if not self._stopping:
            return
        task = asyncio.current_task()
        if task in self._workflows:
            await self._give_back(self._workflows[task])
        raise asyncio.CancelledError

    async def _give_back(self, workflow_id: str) -> None:
        try:
            await self._release(workflow_id)
        except Exception as error:  # the end of this process gives back what is left
            log.warning("work could not be given back", workflow=workflow_id, error=str(error))

    async def drain(self, seconds: float) -> None:
        """Begin no further step, and wait up to `seconds` for the running ones.

        A step that waits for its next try is not running: it ends at once.
        """
        self._stopping = True
        self._pauses.end()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._workflows and (patience := deadline - loop.time()) > 0:
            await asyncio.wait(set(self._workflows), timeout=min(patience, _LOOK_SECONDS))

    async def cancel(self) -> None:
        """End the workflows that are left, in the middle of their steps."""
        self._stopping = True
        left = set(self._workflows)
        if left:
            log.info("steps are cut off", workflows=sorted(self._workflows.values()))
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_ENDING_SECONDS)

    def reopen(self) -> None:
        """Let workflows run again, after a `cancel`."""
        self._stopping = False
        self._pauses = Pauses()
