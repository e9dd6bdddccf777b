"""The stores' database: its engine and its transactions."""

import asyncio
import functools
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from provisioning.core.errors import DatabaseDownError
from provisioning.core.model.events import Event

PATIENCE_SECONDS = 15.0
"""Seconds for which a transaction is tried again while the database does not answer.

A restart of PostgreSQL takes a few seconds. A member hears of a longer outage in time, and a
workflow's step waits for its end (`provisioning.workflows.durable.steps`).
"""

_POOL_SECONDS = 300.0
_LONGEST_PAUSE = 2.0
_TRY_AGAIN = ("08", "40", "57P", "53300")
"""Beginnings of PostgreSQL's codes: connection lost, conflict of transactions, shutdown or start,
too many connections."""
_CUT_IN_TIME = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c idle_in_transaction_session_timeout=10000",
}
"""libpq's options, so that a connection to a vanished PostgreSQL ends in seconds, not minutes, and
that a bot that is frozen in a transaction does not keep its locks."""
_NUMBER = text("select txid_current_if_assigned()")
_ENDING = text("select txid_status(:number)")
_BUSY_TRIES = 10
_PRIVATE = 0o600
log = structlog.get_logger(__name__)
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
    if is_file:
        _keep_private(make_url(url).database)
    engine = create_async_engine(
        url,
        pool_pre_ping=not is_file,
        pool_size=10,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        connect_args={} if is_file else _CUT_IN_TIME,
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


def _keep_private(name: str | None) -> None:
    """Let only the bot's user read the database's files: they have names, roles and history.

    SQLite gives its two other files the mode of the first one. A file that belongs to another user,
    or a folder that is missing, is no reason to stop: opening the database says what is wrong.
    """
    if not name or name == ":memory:":
        return
    with suppress(OSError):
        os.close(os.open(name, os.O_RDWR | os.O_CREAT, _PRIVATE))
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            Path(f"{name}{suffix}").chmod(_PRIVATE)


async def close_database(engine: AsyncEngine) -> None:
    """Close the connections after the running transactions have ended."""
    await until_none_is_under_way()
    await engine.dispose()


def to_its_end(
    method: Callable[_P, Coroutine[Any, Any, _T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Let a transaction end even if its caller is cancelled, and try it again where that is safe.

    A write that is interrupted between its statement and its commit would hold SQLite's only write
    lock. If another process holds that lock for long, nothing was written, and the method is tried
    again. So it is if the connection to PostgreSQL is lost: `writing` finds out about a commit
    whose answer was lost.

    Raises:
        DatabaseDownError: if the database does not answer for `PATIENCE_SECONDS`.
    """

    @functools.wraps(method)
    async def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        work = asyncio.ensure_future(_patiently(lambda: method(*args, **kwargs)))
        _under_way.add(work)
        work.add_done_callback(_under_way.discard)
        return await asyncio.shield(work)

    return run


async def _patiently(attempt: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    loop = asyncio.get_running_loop()
    deadline, tries = loop.time() + PATIENCE_SECONDS, 0
    while True:
        tries += 1
        try:
            return await attempt()
        except DBAPIError as error:
            if _is_busy(error):
                if tries >= _BUSY_TRIES:
                    raise
                continue
            if not _is_lost(error):
                raise
            if loop.time() >= deadline:
                raise DatabaseDownError(is_undone=True) from error
            log.warning("database does not answer", tries=tries, error=type(error.orig).__name__)
        await asyncio.sleep(min(0.1 * 2**tries, _LONGEST_PAUSE))


def _is_busy(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


def _is_lost(error: DBAPIError) -> bool:
    """Return whether the connection was lost or not made, or PostgreSQL asks for another try."""
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError) or not hasattr(error.orig, "sqlstate"):
        return False
    state = getattr(error.orig, "sqlstate", None)  # None: there is no connection
    return state is None or state.startswith(_TRY_AGAIN)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that writes.

    SQLite takes one writer at a time, so writers of this process queue here in order. Without the
    queue they would poll for the lock, and an unlucky writer would time out. Don't nest it.

    If the answer to PostgreSQL's commit is lost, PostgreSQL is asked whether the transaction was
    committed. So an error means that nothing was written, and the whole method can be tried again.
    """
    if engine.dialect.name == "sqlite":
        gate = _gates.setdefault(engine, asyncio.Lock())
        async with gate, engine.begin() as connection:
            yield connection
        return
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        number = (await connection.execute(_NUMBER)).scalar_one()
        try:
            await transaction.commit()
        except DBAPIError as error:
            if number is None or not _is_lost(error) or not await _is_committed(engine, number):
                raise


async def _is_committed(engine: AsyncEngine, number: int) -> bool:
    """Ask PostgreSQL, for as long as a transaction is tried, how that transaction ended."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        with suppress(DBAPIError):
            async with engine.connect() as connection:
                found = await connection.execute(_ENDING, {"number": number})
                ending = found.scalar_one()
            if ending != "in progress":
                log.warning("a commit's answer was lost", ending=ending)
                return bool(ending == "committed")
        await asyncio.sleep(_LONGEST_PAUSE / 4)
    raise DatabaseDownError(is_undone=False)


async def until_none_is_under_way() -> None:
    """Wait for all transactions of this event loop, those with a cancelled caller included."""
    loop = asyncio.get_running_loop()
    while work := [each for each in _under_way if each.get_loop() is loop]:
        await asyncio.wait(work)


class EventStore:
    """A store whose transactions write audit events."""

    def __init__(
        self, engine: AsyncEngine, on_event: Callable[[Event], None] = lambda _event: None
    ) -> None:
        """`on_event` is called with each audit event after its commit."""
        self._engine = engine
        self._on_event = on_event
