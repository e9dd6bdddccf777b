"""The heartbeat of this process, and the takeover of the work of processes that are dead.

Each process on PostgreSQL has a row in `processes`, from before it begins its first workflow. It
writes the row again each second. A row that does not change for a while belongs to a dead process.
One of the others locks the row, puts the dead process's work back into the queue and deletes the
row, all in one transaction. A process that wakes later finds its row gone.
"""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import column, delete, func, insert, select, table, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from provisioning.adapters.engine.history import WorkflowHistory

BEAT_SECONDS = 1.0
DEAD_SECONDS = 5.0

PROCESSES = table("processes", *map(column, "executor_id host pid beat_at".split()))

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while a computer sleeps

log = structlog.get_logger(__name__)


def _seconds() -> float:
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True)
class Calls:
    """What the engine does when this process was taken for dead, took over work, or has beaten."""

    lost: Callable[[], Awaitable[None]]
    took_over: Callable[[], Awaitable[None]]
    beaten: Callable[[], Awaitable[None]]


@dataclass
class Observed:
    """The heartbeats as this process has seen them.

    Only this process's monotonic clock measures how long a heartbeat stays the same, so that a
    jump of the database's clock makes no living process dead.
    """

    since: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def see(self, beats: dict[str, datetime], now: float) -> dict[str, datetime]:
        """Return the last heartbeats of the dead processes among these."""
        earlier = self.since
        self.since = {
            name: earlier[name] if name in earlier and earlier[name][0] == beat else (beat, now)
            for name, beat in beats.items()
        }
        return {name: beat for name, (beat, at) in self.since.items() if now - at >= DEAD_SECONDS}

    def forget(self) -> None:
        """Begin again: the database or this process stood still, and so did the others' beats."""
        self.since = {}


class Alone:
    """The only process of a SQLite database. It has no row, since no other process looks for it."""

    def __init__(self, _database: AsyncEngine, history: WorkflowHistory) -> None:
        self._history = history
        self.executor_id = ""
        self.processes = 1

    async def join(self) -> None:
        """Take all work that earlier processes began."""
        self.executor_id = uuid.uuid4().hex
        await self._history.release_all()

    def start(self, calls: Calls) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""

    async def leave(self) -> None:
        """Give the work back to the next process."""
        if self.executor_id:
            await self._history.give_back(self.executor_id)

    async def confirmed(self) -> None:
        """Return at once."""


class Heartbeat:
    """The row of this process in `processes`. `executor_id` is its name, another one each time."""

    def __init__(self, database: AsyncEngine, history: WorkflowHistory) -> None:
        self._database = database
        self._history = history
        self._observed = Observed()
        self._beaten_at = 0.0
        self._silent = False
        self._confirmed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.executor_id = ""
        self.processes = 1

    async def join(self) -> None:
        """Write the row of this process, under a new name."""
        self.executor_id = uuid.uuid4().hex
        begun = _seconds()
        async with self._database.begin() as connection:
            await connection.execute(
                insert(PROCESSES).values(
                    executor_id=self.executor_id,
                    host=socket.gethostname()[:200],
                    pid=os.getpid(),
                    beat_at=func.clock_timestamp(),
                )
            )
        self._beaten_at = begun
        self._observed.forget()

    def start(self, calls: Calls) -> None:
        """Begin to beat, and to look for dead processes."""
        self._task = asyncio.get_running_loop().create_task(self._keep(calls), name="heartbeat")

    async def stop(self) -> None:
        """Stop beating."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def leave(self) -> None:
        """Give the work back and delete the row, so that the others need not wait."""
        if not self.executor_id:
            return
        async with self._database.begin() as connection:
            await self._history.release(connection, [self.executor_id], crashed=False)
            await self._delete(connection, [self.executor_id])

    async def confirmed(self) -> None:
        """Return if this process was surely alive a moment ago; otherwise wait for its heartbeat.

        A process that was frozen waits here before it acts.
        """
        if _seconds() - self._beaten_at >= DEAD_SECONDS - BEAT_SECONDS:
            async with self._confirmed:
                await self._confirmed.wait()

    async def _keep(self, calls: Calls) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self._live(calls)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                if not self._silent:
                    log.warning("the database does not answer the heartbeat", error=str(error))
                self._silent = True
                self._observed.forget()
            except Exception:
                log.exception("the heartbeat failed")

    async def _live(self, calls: Calls) -> None:
        begun = _seconds()
        async with asyncio.timeout(DEAD_SECONDS):
            alive = await self._beat()
        if not alive:
            await calls.lost()
            return
        if begun - self._beaten_at > DEAD_SECONDS - BEAT_SECONDS:
            self._observed.forget()
        self._beaten_at, self._silent = begun, False
        async with self._confirmed:
            self._confirmed.notify_all()
        if await self._take_over(begun):
            await calls.took_over()
        await calls.beaten()

    async def _beat(self) -> bool:
        mine = PROCESSES.c.executor_id == self.executor_id
        async with self._database.begin() as connection:
            beaten = await connection.execute(
                update(PROCESSES).where(mine).values(beat_at=func.clock_timestamp())
            )
            return beaten.rowcount == 1

    async def _take_over(self, now: float) -> bool:
        """Put the work of dead processes into the queue; return whether there were any.

        Work whose process has no row is taken over as well. It is an older version's, or a process
        began it in the moment of its takeover. A name is used once, and its row is written before
        its first work, so a name without a row never gets one again.
        """
        async with self._database.begin() as connection:
            owners = await self._history.owners(connection)
            rows = await connection.execute(select(PROCESSES.c.executor_id, PROCESSES.c.beat_at))
            beats = {row.executor_id: row.beat_at for row in rows}
            dead = sorted((owners - beats.keys()) | await self._locked(connection, beats, now))
            self.processes = max(1, len(beats.keys() - set(dead)))
            if not dead:
                return False
            count = await self._history.release(connection, dead, crashed=True)
            await self._delete(connection, dead)
        log.warning("took over the work of dead processes", processes=dead, workflows=count)
        return True

    async def _locked(
        self, connection: AsyncConnection, beats: dict[str, datetime], now: float
    ) -> set[str]:
        """Lock the rows of dead processes that no other process has locked."""
        dead = self._observed.see(beats, now)
        dead.pop(self.executor_id, None)
        if not dead:
            return set()
        rows = await connection.execute(
            select(PROCESSES.c.executor_id, PROCESSES.c.beat_at)
            .where(PROCESSES.c.executor_id.in_(dead))
            .with_for_update(skip_locked=True)
        )
        return {row.executor_id for row in rows if row.beat_at == dead[row.executor_id]}

    @staticmethod
    async def _delete(connection: AsyncConnection, names: list[str]) -> None:
        await connection.execute(delete(PROCESSES).where(PROCESSES.c.executor_id.in_(names)))
