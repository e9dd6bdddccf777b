"""The stores' database: its engine and its transactions."""

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_POOL_SECONDS = 300.0
_BUSY_TRIES = 10
_under_way: set["asyncio.Future[Any]"] = set()
_gates: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()


_P = ParamSpec("_P")
_T = TypeVar("_T")


def create_database_engine(url: str) -> AsyncEngine:
    """Create an engine for SQLite (WAL, waits up to 30 s for a writer) or PostgreSQL."""
    # A burst of work waits for a connection instead of failing: fifty simultaneous creations
    # have hundreds of short transactions, and SQLite takes one writer at a time.
    # `pool_pre_ping` is for servers that may have restarted; a file needs no ping.
    is_file = make_url(url).get_backend_name() == "sqlite"
    engine = create_async_engine(
        url, pool_pre_ping=not is_file, pool_size=10, max_overflow=0, pool_timeout=_POOL_SECONDS
    )
    if is_file:

        @event.listens_for(engine.sync_engine, "connect")
        def _tune(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            # A crash of the process loses nothing. NORMAL risks the last commits only if the
            # computer loses power, and then the cloud's tags still have the servers.
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA busy_timeout=30000")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

    return engine


async def close_database(engine: AsyncEngine) -> None:
    """Close the connections after the running transactions have ended."""
    await until_none_is_under_way()
    await engine.dispose()


def to_its_end(
    method: Callable[_P, Coroutine[Any, Any, _T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Let a transaction end even if its caller is cancelled.

    A write that is interrupted between its statement and its commit would hold SQLite's only write
    lock. If another process holds that lock for long, nothing was written, and the method is tried
    again.
    """

    async def patiently(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        for _ in range(_BUSY_TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except OperationalError as error:
                if not _is_busy(error):
                    raise
        return await method(*args, **kwargs)

    @functools.wraps(method)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        work = asyncio.ensure_future(patiently(*args, **kwargs))
        _under_way.add(work)
        work.add_done_callback(_under_way.discard)
        return await asyncio.shield(work)

    return run


def _is_busy(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that writes.

    SQLite takes one writer at a time, so writers of this process queue here in order. Without the
    queue they would poll for the lock, and an unlucky writer would time out. Don't nest it.
    """
    if engine.dialect.name != "sqlite":
        async with engine.begin() as connection:
            yield connection
        return
    async with _gates.setdefault(engine, asyncio.Lock()), engine.begin() as connection:
        yield connection


async def until_none_is_under_way() -> None:
    """Wait for all transactions of this event loop, those with a cancelled caller included."""
    loop = asyncio.get_running_loop()
    while work := [each for each in _under_way if each.get_loop() is loop]:
        await asyncio.wait(work)
