"""Transitions between a server's states: when each is possible, and the answer if it is not.

Commands, buttons, the cleanup and the reconciliation with Azure all use these transitions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import N_, Text, said
from provisioning.core.model.events import Event, is_member
from provisioning.core.model.server import Failure, Job, Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore

GONE = N_("`{name}` is already deleted. `list` shows the servers that you have.")
IS_MISSING = N_(
    "Azure no longer shows the machine of `{name}`, so nothing can be done on it now. Its card in "
    "our DM says what is left of it; `status {name}` does too."
)
_ENDS: Mapping[Status, Text] = {
    Status.RESTORING: N_("`{name}` is being restored. It runs as soon as that is done."),
    Status.RESIZING: N_("`{name}` is being resized. Wait until that is done."),
    Status.MISSING: IS_MISSING,
    Status.DELETING: N_("`{name}` is being deleted."),
    Status.DELETED: GONE,
    Status.FAILED: N_(
        "`{name}` could not be created, so it does not exist. Create a new one with `create`."
    ),
}


@dataclass(frozen=True)
class Transition:
    """A change of a server's state, from one of the states in `since` to `to`, by a job.

    `refusals` are sentences with `{name}` for every state that is not in `since`.
    """

    job: Job
    since: frozenset[Status]
    to: Status
    refusals: Mapping[Status, Text]

    def check(self, server: Server) -> None:
        """Refuse a server whose state does not allow the transition, with `UserError`."""
        if server.status not in self.since:
            raise UserError(said(self.refusals[server.status], name=server.name))

    def applied(self, server: Server, *, awaited: bool, **changes: object) -> dict[str, object]:
        """Return the changes of the server for `ServerStore.update`, `changes` included.

        `awaited` says whether a member waits for the end.

        A machine that is being started may run, so the server no longer counts as stopped. An
        outage ends where the notebook is started anew.
        """
        starts = server.status is Status.STARTING
        renews = self.to in (Status.STARTING, Status.RESTARTING, Status.RESTORING)
        return {
            "generation": server.generation + 1,
            "status": self.to,
            "stopped_at": None if starts else server.stopped_at,
            "failure": None,
            "remains": None,
            "outage": None if renews else server.outage,
            "awaited": awaited,
            **changes,
        }


@dataclass(frozen=True)
class Transitions:
    """Begin transitions: one transaction with the audit event, and then the job."""

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
        """Begin the transition, with other `changes` of the server, and return the server.

        Return None, with nothing done, if the server has changed since it was read. `detail` and
        `result` are the event's; without a detail the event names the server.
        """
        event = Event(
            self.clock.now(), actor, transition.job, server.id, result, detail or server.name
        )
        changed = await self.store.update(
            server.id,
            server.generation,
            event,
            **transition.applied(server, awaited=is_member(actor), **changes),
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
            "`{name}` is still being created, so it can't be stopped. Wait until it is ready, or "
            "end the creation with `delete {name}`."
        ),
        Status.STOPPING: N_("`{name}` is already stopping."),
        Status.STOPPED: N_("`{name}` is already stopped. Only its disk and address cost money."),
    },
)
_START_REFUSALS: Mapping[Status, Text] = {
    **_ENDS,
    Status.CREATING: N_("`{name}` is still being created. It runs as soon as that is done."),
    Status.STOPPING: N_(
        "`{name}` is stopping. `start {name}` starts it as soon as it has stopped."
    ),
    Status.STARTING: N_("`{name}` is already starting."),
    Status.RESTARTING: N_("`{name}` is already restarting."),
}
START = Transition(
    Job.START,
    frozenset({Status.STOPPED, Status.STOPPING}),
    Status.STARTING,
    {
        **_START_REFUSALS,
        Status.RUNNING: N_("`{name}` is already running. `status {name}` shows its address."),
    },
)
RESTART = Transition(
    Job.RESTART,
    frozenset({Status.RUNNING}),
    Status.RESTARTING,
    {
        **_START_REFUSALS,
        Status.STOPPED: N_("`{name}` is stopped. `start {name}` starts it."),
    },
)
REPAIR_RUNNING = Transition(
    Job.REPAIR, frozenset({Status.RUNNING}), Status.RESTARTING, _START_REFUSALS
)
REPAIR_STOPPED = Transition(
    Job.REPAIR, frozenset({Status.STOPPED}), Status.STARTING, _START_REFUSALS
)
"""A repair of a stopped server, which starts its machine first."""
UNDER_REPAIR = Failure(N_("It is being repaired."), "Repairing", Job.REPAIR)
"""What the row of a server under repair says until the repair has ended."""
DELETE = Transition(
    Job.DELETE,
    frozenset(status for status in Status if status.is_live) - {Status.DELETING},
    Status.DELETING,
    {
        Status.DELETING: N_("`{name}` is already being deleted."),
        Status.DELETED: N_("`{name}` no longer exists, so there is nothing to delete."),
        Status.FAILED: N_("`{name}` no longer exists, so there is nothing to delete."),
    },
)
DELETE_WITH_COPY = Transition(
    Job.DELETE_WITH_COPY,
    DELETE.since - {Status.CREATING, Status.RESTORING, Status.RESIZING, Status.MISSING},
    Status.DELETING,
    {
        **DELETE.refusals,
        Status.CREATING: N_(
            "`{name}` is still being created, so there is nothing to keep in a snapshot. Delete it "
            "for good, or with a snapshot when it is ready."
        ),
        Status.RESTORING: N_("`{name}` is being restored. Wait until that is done."),
        Status.RESIZING: _ENDS[Status.RESIZING],
        Status.MISSING: N_(
            "Azure no longer shows the machine of `{name}`, so no snapshot can be taken of it. "
            "`delete {name}` removes what is left of it, for good."
        ),
    },
)
"""A deletion that keeps a snapshot of the disk for some days."""
UNDO = Transition(
    Job.UNDO,
    frozenset({Status.DELETED}),
    Status.RESTORING,
    {
        **{status: N_("`{name}` is not deleted; `list` shows it.") for status in Status},
        Status.RESTORING: N_("`{name}` is already being restored."),
        Status.DELETING: N_(
            "`{name}` is still being deleted. Restore it when that is done, in a minute or two."
        ),
    },
)
RESTORE_FROM_DISK = Transition(
    Job.UNDO,
    frozenset({Status.MISSING}),
    Status.RESTORING,
    {status: N_("`{name}` is not missing; `status {name}` shows it.") for status in Status},
)
"""A restore of a server whose machine is gone and whose disk is there, without a snapshot."""
RESIZE = Transition(
    Job.RESIZE,
    frozenset({Status.RUNNING, Status.STOPPED}),
    Status.RESIZING,
    {
        **_ENDS,
        Status.RESIZING: N_("`{name}` is already being resized."),
        Status.CREATING: N_("`{name}` is still being created. Resize it when it is ready."),
        Status.STOPPING: N_("`{name}` is stopping. Resize it when it has stopped."),
        Status.STARTING: N_("`{name}` is starting. Resize it when it runs."),
        Status.RESTARTING: N_("`{name}` is restarting. Resize it when it runs."),
    },
)
