"""Tasks that outlive the listener that began them, tracked so that shutdown loses none.

Bolt's own close returns with listeners in flight, and asyncio may drop a task without a
reference.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class TrackedTasks:
    """The set of running tasks."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, _T], name: str) -> "asyncio.Task[_T]":
        """Begin a task. Its error is logged, also if no caller awaits the task."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def drain(self, seconds: float) -> int:
        """Wait up to `seconds` for all tasks, those that they spawn included.

        Cancel the tasks that are left then, and return their number.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._tasks and (patience := deadline - loop.time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=patience)
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            log.warning("tasks left at shutdown", tasks=sorted(each.get_name() for each in left))
            await asyncio.gather(*left, return_exceptions=True)
        return len(left)
