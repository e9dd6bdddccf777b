"""Work that no state of a server requests: it is due until its workflow has ended."""

from dataclasses import dataclass

from provisioning.core.model.server import Job, Server, Status

WITHOUT_STATE = frozenset(
    {Job.PASSWORD, Job.WARN, Job.PEOPLE, Job.PACKAGES, Job.REDRAW, Job.RENAME}
)
"""Jobs that a server's row does not request by its status."""

_NEEDS_A_RUNNING_SERVER = frozenset({Job.PASSWORD, Job.PACKAGES})
_CONCERNS_ENDED_SERVERS = frozenset({Job.PASSWORD, Job.REDRAW})


@dataclass(frozen=True)
class Due:
    """A job that is due on a server; `id` is the id of its workflow."""

    id: str
    server_id: str
    job: Job


def due(job: Job, server: Server, key: str = "") -> Due:
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
