"""The engine's settings, and what the history stores by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import make_url

QUEUE = "server-work"
APPLICATION_VERSION = "1"
"""Fixed, so that an update of the bot resumes the running workflows.

A change of the order or the meaning of steps needs another workflow name, not another version.
"""


@dataclass(frozen=True)
class Schedule:
    """A function that runs on a schedule.

    `cron` has five fields in UTC, or six with seconds first. One of several processes runs each
    tick,
    once. A tick during which no process ran is dropped, so `run` must act on the present state.
    `run` gets the tick's scheduled time.
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
    executor_id: str = "bot"
    listen_every: float = 1.0
    """Seconds between two polls for DBOS's own notifications, which the bot does not use.

    Closing the engine waits for the next poll.
    """


def history_url(database_url: str) -> str:
    """Return the URL of the same database with the synchronous driver that DBOS takes."""
    url = make_url(database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return url.set(drivername=driver).render_as_string(hide_password=False)
