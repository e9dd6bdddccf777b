"""The engine's settings, and what the history stores by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakSet

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

APPLICATION = "notebook-bot"
QUEUE = "server-work"
WORKFLOW = "run.v1"
"""The one function that DBOS knows: it runs each workflow of ours by its name."""

APPLICATION_VERSION = "1"
"""Fixed, so that an update of the bot resumes the running workflows.

A change of the order or the meaning of steps needs another workflow name, not another version.
"""

_ended: WeakSet[Engine] = WeakSet()

_CUT_IN_TIME = {
    "connect_timeout": 3,
    "tcp_user_timeout": 4000,
    "options": "-c idle_in_transaction_session_timeout=4000",
}
"""libpq's options. A process that is frozen in a transaction keeps its locks for 4 seconds only, so
that its work can be taken over."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Schedule:
    """A function that runs on a schedule.

    `cron` has five fields in UTC, or six with seconds first. One of several processes runs each
    tick, once. Ticks that were missed are dropped, except that the latest one runs late if the
    process was busy or frozen. A tick whose process ended in its middle runs again. So `run` must
    act on the present state. `run` gets the tick's scheduled time.
    """

    cron: str
    run: Callable[[datetime], Awaitable[object]]


@dataclass(frozen=True)
class EngineConfig:
    """The engine's settings.

    `database_url` is the stores' database with its asynchronous driver; DBOS's history is in it
    too.
    """

    database_url: str
    listen_every: float = 1.0
    """Seconds between two polls for DBOS's own notifications, which the bot does not use.

    Closing the engine waits for the next poll.
    """
    queue_every: float = 0.2
    """Seconds between two polls for new work."""
    now: Callable[[], datetime] = _utc_now
    """The time by which the schedules run."""


def history_url(database_url: str) -> str:
    """Return the URL of the same database with the synchronous driver that DBOS takes."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)


def open_database(database_url: str) -> AsyncEngine:
    """Open connections for the engine alone: a heartbeat never waits behind the stores."""
    if make_url(database_url).get_backend_name() == "sqlite":
        return create_async_engine(database_url, connect_args={"timeout": 30})
    return create_async_engine(
        database_url, pool_size=2, max_overflow=1, pool_pre_ping=True, connect_args=_CUT_IN_TIME
    )


def open_history(database_url: str) -> Engine | None:
    """Open DBOS's connections to PostgreSQL; None for a SQLite file, which DBOS opens itself.

    DBOS tries again after a connection is lost, but not after one can't be made because a name or
    a socket file is missing. Here both are the same error.
    """
    if make_url(database_url).get_backend_name() == "sqlite":
        return None
    engine = create_engine(
        history_url(database_url),
        pool_size=16,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=_CUT_IN_TIME,
    )

    @event.listens_for(engine, "handle_error")
    def _not_connected(context: ExceptionContext) -> None:
        if context.connection is None and isinstance(
            context.sqlalchemy_exception, OperationalError
        ):
            context.is_disconnect = True

    @event.listens_for(engine, "checkin")
    def _close_after_the_end(_connection: object, record: ConnectionPoolEntry) -> None:
        if engine in _ended:
            record.invalidate()

    return engine


def close_history(engine: Engine) -> None:
    """Close DBOS's connections, those too that its threads give back later.

    DBOS does the same for an engine that it has made itself.
    """
    _ended.add(engine)
    engine.dispose()
