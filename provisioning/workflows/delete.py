"""A deletion as steps, with or without a snapshot, and the end of snapshots.

The disk is deleted only after its snapshot is complete: `Removing.run` checks that again right
before it deletes anything. The request stores which snapshot belongs to the deletion.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.steps import DAY, Step, Workflow, notify
from provisioning.workflows.failures.delete import FailedDelete

_PATIENCE = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Removing:
    """The steps of a deletion; `before_copy` are steps before a snapshot is taken."""

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    before_copy: tuple[Step, ...] = ()

    def workflows(self) -> tuple[Workflow, ...]:
        """Return the deletion for good, and the deletion with a snapshot."""
        remove = Step("remove", self.run, patience=DAY)
        end = (
            remove,
            replace(notify("tell_deleted", self.cards), optional=True),
            Step("farewell", self.people.farewell, patience=DAY),
        )
        first = (
            *self.before_copy,
            Step("turn_off", self.turn_off, patience=_PATIENCE),
            Step("copy", self.copy, patience=_PATIENCE),
        )
        failed = FailedDelete(self.cloud, self.store, self.clock, self.people)
        return (
            Workflow(Job.DELETE, end, failed.on_failure(Job.DELETE)),
            Workflow(Job.DELETE_WITH_COPY, (*first, *end), failed.on_failure(Job.DELETE_WITH_COPY)),
        )

    async def turn_off(self, server: Server) -> None:
        """Stop the machine, so that all data is on the disk.

        The machine is closed first, so that former guests can't sign in after a restore.
        """
        power = await self._power(server)
        if power is PowerState.RUNNING:
            await self.people.hold(server)
        if power is not PowerState.ABSENT:
            await self.cloud.machines.stop(server.id)
            return
        parts = await self.cloud.presence.parts(server.id)
        if parts.machine or parts.attached:
            raise NotYet(N_("Azure does not show the machine, but its disk is in use"), 5.0)

    async def copy(self, server: Server) -> None:
        """Wait until the snapshot is complete."""
        await self._copied(server)

    async def run(self, server: Server) -> None:
        """Delete all resources of the server but its snapshot, then free its name."""
        kept = await self._copied(server)
        await self.cloud.inventory.delete_server(server.id, keep=kept)
        if server.status is Status.DELETED:
            return
        now = self.clock.now()
        event = Event(now, ENGINE, "deleted", server.id, "ok", server.name)
        await self.store.update(
            server.id, server.generation, event, status=Status.DELETED, ended_at=now
        )

    async def _copied(self, server: Server) -> str:
        """Return the id of the existing snapshot, or "" if none was requested."""
        if server.snapshot is None:
            return ""
        if await self.cloud.snapshots.ensure_copy(server, server.snapshot.until):
            return server.snapshot.id
        # A disk that Azure does not show may be there: without a snapshot nothing is deleted.
        raise NotYet(N_("Azure does not show the machine's disk"), 5.0)

    async def _power(self, server: Server) -> PowerState:
        return (await self.cloud.machines.power_states([server.id]))[server.id]


@dataclass(frozen=True)
class EndOfCopies:
    """The scheduled deletion of snapshots whose retention is over."""

    cloud: Cloud
    work: Work
    store: ServerStore
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """Delete the snapshots whose retention is over; the next tick retries failures.

        Raises `PermanentError` after all were tried, if one was refused for good.
        """
        refusals = list[PermanentError]()
        now = self.clock.now()
        for server in await self.store.kept_copies():
            if server.snapshot is not None and server.snapshot.until <= now:
                try:
                    await self._end(server, now)
                except (NotYet, PermanentError) as error:
                    log.warning("snapshot not deleted", server=server.id, reason=error.reason)
                    refusals += [error] if isinstance(error, PermanentError) else []
        if refusals:
            raise refusals[0]

    async def _end(self, server: Server, now: datetime) -> None:
        """Delete a server's snapshot.

        The generation goes up first. So if a restore begins at the same moment, one of the two
        is refused.
        """
        taken = await self.store.update(
            server.id, server.generation, generation=server.generation + 1
        )
        if taken is None:
            return
        if taken.snapshot is not None:
            await self.cloud.snapshots.delete_copy(taken.id, taken.snapshot.id)
        event = Event(now, ENGINE, "copy_deleted", taken.id, "ok", taken.name)
        ended = await self.store.update(taken.id, taken.generation, event, snapshot=None)
        if ended is None:
            return
        await self.work.begin(Job.REDRAW, ended)
