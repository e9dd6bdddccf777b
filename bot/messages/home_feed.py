"""The changes that other processes make, for the Home tabs that this process keeps up to date.

Each process hears only of its own audit events, and a member may have opened a Home through any
process. The feed reads the events of all processes while there is more than one.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from provisioning.core.model.events import Event

READ_EVERY_SECONDS = 2.0

log = structlog.get_logger(__name__)


class EventLog(Protocol):
    """The audit trail in the order of its lines."""

    async def last_line(self) -> int:
        """Return the number of the latest line; 0 for an empty trail."""
        ...

    async def lines_after(self, line: int) -> Sequence[tuple[int, Event]]:
        """Return the next lines after that one, each with its number; at most some hundreds."""
        ...


class HomeFeed:
    """Hands every process's events to `on_event`."""

    def __init__(
        self,
        trail: EventLog,
        on_event: Callable[[Event], None],
        processes: Callable[[], int],
        seconds_between: float = READ_EVERY_SECONDS,
    ) -> None:
        self._trail = trail
        self._on_event = on_event
        self._processes = processes
        self._seconds_between = seconds_between
        self._line: int | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.get_running_loop().create_task(self._read(), name="home feed")

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(self._seconds_between)
            try:
                await self._look()
            except Exception:
                log.exception("events of other processes not read")

    async def _look(self) -> None:
        if self._processes() < 2:
            self._line = None
            return
        if self._line is None:
            self._line = await self._trail.last_line()
        for line, event in await self._trail.lines_after(self._line):
            self._line = line
            self._on_event(event)
