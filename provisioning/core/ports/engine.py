"""The contracts of the engine, of its due work, and of the clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Job, Server, Status

WITHOUT_STATE = frozenset(
    {Job.PASSWORD, Job.WARN, Job.PEOPLE, Job.PACKAGES, Job.REDRAW, Job.RENAME, Job.UPDATE}
)
"""Jobs that a server's row does not request by its status."""

_NEEDS_A_RUNNING_SERVER = frozenset({Job.PASSWORD, Job.PACKAGES})
_CONCERNS_ENDED_SERVERS = frozenset({Job.PASSWORD, Job.PACKAGES, Job.REDRAW, Job.UPDATE})


@dataclass(frozen=True)
class Due:
    """A job that is due on a server; `id` is the id of its workflow."""

    id: str
    server_id: str
    job: Job


def due_on(job: Job, server: Server, key: str = "") -> Due:
    """Return a job as due. A job is due once for each key; "" stands for the generation."""
    return Due(f"{server.id}:{job}:{key or server.generation}", server.id, job)


def waits(job: Job, server: Server) -> bool:
    """Return whether the job can't be done before the server runs again."""
    return (
        job in _NEEDS_A_RUNNING_SERVER
        and server.status.is_live
        and server.status is not Status.RUNNING
    )


def is_obsolete(job: Job, server: Server | None) -> bool:
    """Return whether the job has become pointless, since the server has ended."""
    return server is None or not (server.status.is_live or job in _CONCERNS_ENDED_SERVERS)


class Work(Protocol):
    """What the use cases ask of the engine. A call returns at once and survives a crash."""

    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        """Begin a job on a server, after work for an older generation of the server has ended.

        A job never begins twice for the same `key`; "" stands for the generation.
        """
        ...


class DueWork(Protocol):
    """The work that no status of a server requests, from its request to its end."""

    async def add(self, work: Due) -> None:
        """Note that the work is due. If it is noted already, return without error."""
        ...

    async def done(self, ids: Collection[str]) -> None:
        """Note the end of work."""
        ...

    async def replace(self, ids: Collection[str], work: Due) -> bool:
        """Replace work by other work, if all of it still is due; return whether."""
        ...

    async def of(self, server_id: str | None = None) -> Sequence[Due]:
        """Return what is due, by server: of one server, or of all."""
        ...


class Clock(Protocol):
    """The time, so that tests can set it."""

    def now(self) -> datetime:
        """Return the current time in UTC, with its time zone."""
        ...
