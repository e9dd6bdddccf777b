"""The contracts of the engine and the clock."""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Job, Server


class Work(Protocol):
    """What the use cases ask of the engine. A call returns at once and survives a crash."""

    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        """Begin a job on a server, after work for an older generation of the server has ended.

        A job never begins twice for the same `key`; "" stands for the generation.
        """
        ...


class Clock(Protocol):
    """The time, so that tests can set it."""

    def now(self) -> datetime:
        """Return the current time in UTC, with its time zone."""
        ...
