"""The state that a server must be in for each request, the answer otherwise, and the beginning.

The same for a command, a button, the scheduled cleanup and the comparison with Azure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import N_, Text, said
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore

GONE = N_("`{name}` is gone already; `list` shows the servers that you have.")
_ENDS: Mapping[Status, Text] = {
    Status.RESTORING: N_("`{name}` is being brought back; it runs as soon as that has ended."),
    Status.RESIZING: N_("`{name}` is just being resized. Wait until that has ended."),
    Status.DELETING: N_("`{name}` is being deleted."),
    Status.DELETED: GONE,
    Status.FAILED: N_(
        "`{name}` could not be made, so there is nothing of it. Make a new one with `create`."
    ),
}


@dataclass(frozen=True)
class Transition:
    """A wish: from one of the states to another, by a job. `refusals` are sentences with
    `{name}` for every state that isn't in `since`."""

    job: Job
    since: frozenset[Status]
    to: Status
    refusals: Mapping[Status, Text]

    def check(self, server: Server) -> None:
        """Raises `UserError` if the server's state doesn't allow it."""
        if server.status not in self.since:
            raise UserError(said(self.refusals[server.status], name=server.name))

    def applied(self, server: Server, **changes: object) -> dict[str, object]:
        """Return what `ServerStore.update` has to change in the server, `changes` included."""
        return {
            "generation": server.generation + 1,
            "status": self.to,
            "failure": None,
            **changes,
        }


@dataclass(frozen=True)
class Transitions:
    """Begins transitions: one transaction with the audit event, and then the job."""

    store: ServerStore
    work: Work
    clock: Clock

    async def begin(
        self,
        server: Server,
        transition: Transition,
        actor: str,
        detail: str = "",
        result: str = "accepted",
        /,
        **changes: object,
    ) -> Server | None:
        """Begin the transition, with other fields of the server changed as well. Return None,
        with nothing done, if the server has changed since it was read. `detail` and `result` are
        the event's; without a detail the event names the server."""
        event = Event(
            self.clock.now(), actor, transition.job, server.id, result, detail or server.name
        )
        changed = await self.store.update(
            server.id, server.generation, event, **transition.applied(server, **changes)
        )
        if changed is not None:
            await self.work.begin(transition.job, changed)
        return changed


STOP = Transition(
    Job.STOP,
    frozenset({Status.RUNNING, Status.STARTING, Status.RESTARTING}),
    Status.STOPPING,
    {
        **_ENDS,
        Status.CREATING: N_(
            "`{name}` is still being made, so it can't be stopped. `delete {name}` "
            "ends that; or wait until it is ready."
        ),
        Status.STOPPING: N_("`{name}` is being stopped already."),
        Status.STOPPED: N_("`{name}` is stopped already; only its disk costs something."),
    },
)
START = Transition(
    Job.START,
    frozenset({Status.STOPPED}),
    Status.STARTING,
    {
        **_ENDS,
        Status.CREATING: N_("`{name}` is still being made; it runs as soon as that has ended."),
        Status.STOPPING: N_(
            "`{name}` is just being stopped. Start it when that has ended, in a minute or two."
        ),
        Status.RUNNING: N_("`{name}` runs already. `status {name}` shows its address."),
        Status.STARTING: N_("`{name}` is being started already."),
        Status.RESTARTING: N_("`{name}` is being started already."),
    },
)
RESTART = Transition(
    Job.RESTART,
    frozenset({Status.RUNNING}),
    Status.RESTARTING,
    {
        **_ENDS,
        Status.CREATING: N_("`{name}` is still being made; it runs as soon as that has ended."),
        Status.STOPPING: N_(
            "`{name}` is just being stopped. Start it when that has ended, in a minute or two."
        ),
        Status.STOPPED: N_("`{name}` is stopped. `start {name}` starts it."),
        Status.STARTING: N_("`{name}` is being started already."),
        Status.RESTARTING: N_("`{name}` is being restarted already."),
    },
)
DELETE = Transition(
    Job.DELETE,
    frozenset(status for status in Status if status.is_live) - {Status.DELETING},
    Status.DELETING,
    {
        Status.DELETING: N_("`{name}` is already being deleted."),
        Status.DELETED: N_("`{name}` is gone already; there is nothing left to delete."),
        Status.FAILED: N_("`{name}` is gone already; there is nothing left to delete."),
    },
)
DELETE_WITH_COPY = Transition(
    Job.DELETE_WITH_COPY,
    DELETE.since - {Status.CREATING, Status.RESTORING, Status.RESIZING},
    Status.DELETING,
    {
        **DELETE.refusals,
        Status.CREATING: N_(
            "`{name}` is still being made, so there is nothing on it to keep a copy of. It can be "
            "deleted for good, or with a copy once it is ready."
        ),
        Status.RESTORING: N_("`{name}` is just being brought back. Wait until that has ended."),
        Status.RESIZING: _ENDS[Status.RESIZING],
    },
)
"""With a copy of its disk kept for a while."""
UNDO = Transition(
    Job.UNDO,
    frozenset({Status.DELETED}),
    Status.RESTORING,
    {
        **{status: N_("`{name}` is not deleted; `list` shows it.") for status in Status},
        Status.RESTORING: N_("`{name}` is being brought back already."),
        Status.DELETING: N_(
            "`{name}` is still being deleted. Undo it when that has ended, in a minute or two."
        ),
    },
)
RESIZE = Transition(
    Job.RESIZE,
    frozenset({Status.RUNNING, Status.STOPPED}),
    Status.RESIZING,
    {
        **_ENDS,
        Status.RESIZING: N_("`{name}` is being resized already."),
        Status.CREATING: N_("`{name}` is still being made. Resize it when it is ready."),
        Status.STOPPING: N_("`{name}` is just being stopped. Resize it when that has ended."),
        Status.STARTING: N_("`{name}` is just being started. Resize it when that has ended."),
        Status.RESTARTING: N_("`{name}` is just being restarted. Resize it when that has ended."),
    },
)
