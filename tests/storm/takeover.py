"""How long a bot's work waits for another bot, after the first one was hit."""

import asyncio
import contextlib
import time
from collections.abc import Collection

from sqlalchemy import Connection, bindparam, create_engine, text
from sqlalchemy.exc import DBAPIError

from provisioning.adapters.engine import history_url
from tests.storm.parts import Part

GIVE_UP_SECONDS = 60.0
_POLL_SECONDS = 0.1

_NAME = text("select executor_id from processes where pid = :pid")
_OTHERS = text(
    "select count(*) from processes where executor_id != :name"
    " and beat_at > clock_timestamp() - interval '3 seconds'"
)
_WORK = text(
    "select workflow_uuid from dbos.workflow_status"
    " where executor_id = :name and status = 'PENDING'"
)
_TAKEN = text(
    "select workflow_uuid from dbos.workflow_status where workflow_uuid in :ids"
    " and status != 'ENQUEUED' and coalesce(executor_id, '') != :name"
).bindparams(bindparam("ids", expanding=True))


class Takeovers:
    """Measures by the engine's history, where several bots share a database.

    Work that its own bot goes on with, such as one that was frozen for a moment, does not count,
    nor does a blow at the last bot that was alive: its work waits for one that starts.
    """

    def __init__(self, database_url: str, bots: int) -> None:
        self._engine = create_engine(history_url(database_url), pool_pre_ping=True)
        self._measures = bots > 1
        self._found: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def expect(self, bot: Part) -> None:
        """Begin to measure for the work that this bot has now, which is about to be hit."""
        if not self._measures or bot.pid is None:
            return
        with contextlib.suppress(DBAPIError):
            name, work = await asyncio.to_thread(self._work_of, bot.pid)
            if work:
                task = asyncio.create_task(self._measure(name, work, bot))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _work_of(self, pid: int) -> tuple[str, set[str]]:
        with self._engine.connect() as connection:
            name = connection.scalar(_NAME, {"pid": pid}) or ""
            if not name or not connection.scalar(_OTHERS, {"name": name}):
                return name, set()
            return name, set(connection.scalars(_WORK, {"name": name}))

    async def _measure(self, name: str, waiting: set[str], bot: Part) -> None:
        """Measure from the blow on; of a bot that was told to stop, from its end on.

        Until then such a bot ends its steps, so its work does not wait.
        """
        began, pid = time.monotonic(), bot.pid
        while waiting and time.monotonic() < began + GIVE_UP_SECONDS:
            await asyncio.sleep(_POLL_SECONDS)
            if bot.is_stopping and bot.pid == pid:
                began = time.monotonic()
            with contextlib.suppress(DBAPIError):
                taken = await asyncio.to_thread(self._taken, name, waiting)
                self._found += [round(time.monotonic() - began, 2)] * len(taken)
                waiting -= taken

    def _taken(self, name: str, ids: Collection[str]) -> set[str]:
        with self._engine.connect() as connection:
            return _ids(connection, name, ids)

    async def close(self) -> list[float]:
        """Return the seconds of each takeover."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._engine.dispose()
        return self._found


def _ids(connection: Connection, name: str, ids: Collection[str]) -> set[str]:
    return set(connection.scalars(_TAKEN, {"name": name, "ids": list(ids)}))
