"""A deletion that keeps a copy of the disk, and its undo, as steps; and the end of copies.

The disk goes only after its copy is complete: `Removing.run` asks for that again, right before
it removes anything. Which copy belongs to a deletion is written with the wish.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.steps import DAY, FailedEnding, Step, Workflow, notify

_PATIENCE = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Removing:
    """What ends every deletion, and what comes before it where a copy is kept."""

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    before_copy: tuple[Step, ...] = ()

    def workflows(self) -> tuple[Workflow, ...]:
        """For good, and with a copy."""
        remove = Step("remove", self.run, patience=DAY)
        end = (
            remove,
            notify("tell_deleted", self.cards),
            Step("farewell", self.people.farewell, patience=DAY),
        )
        first = (
            *self.before_copy,
            Step("turn_off", self.turn_off, patience=_PATIENCE),
            Step("copy", self.copy, patience=_PATIENCE),
        )
        return (
            Workflow(Job.DELETE, end),
            Workflow(Job.DELETE_WITH_COPY, (*first, *end), on_failure=self.stay),
        )

    async def turn_off(self, server: Server) -> None:
        """So that everything is on the disk; who loses access is kept out from now on, also
        after an undo."""
        power = await self._power(server)
        if power is PowerState.RUNNING:
            await self.people.hold(server)
        if power is not PowerState.ABSENT:
            await self.cloud.machines.stop(server.id)

    async def copy(self, server: Server) -> None:
        """The copy is complete, or there is nothing to copy."""
        await self._copied(server)

    async def run(self, server: Server) -> None:
        """Everything of the server in the cloud but its copy, then its name."""
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
        """Return the id of the existing snapshot, or "" if none was requested or possible."""
        if server.snapshot is None:
            return ""
        if await self.cloud.snapshots.ensure_copy(server, server.snapshot.until):
            return server.snapshot.id
        if await self._power(server) is not PowerState.ABSENT:
            raise NotYet(N_("Azure doesn't show the machine's disk"))
        log.warning("no disk to copy", server=server.id)
        await self.store.update(server.id, server.generation, snapshot=None)
        return ""

    async def stay(self, server: Server, code: str, reason: str) -> None:
        """A copy that can't be made is no reason to lose the disk: the server stays, and its
        owner decides. One whose machine is gone already goes on being deleted."""
        power = await self._power(server)
        if server.status is not Status.DELETING or power is PowerState.ABSENT:
            return
        if power is PowerState.RUNNING:
            await self.people.admit(server)
        if server.snapshot is not None:
            await self.cloud.snapshots.delete_copy(server.id, server.snapshot.id)
        runs = power is PowerState.RUNNING
        text = N_("It was not deleted, since no copy of it could be kept: {reason}", reason=reason)
        await FailedEnding(self.store, self.cards, self.clock).write(
            server,
            Status.RUNNING if runs else Status.STOPPED,
            Failure(text, code),
            reason,
            stopped_at=None if runs else server.stopped_at or self.clock.now(),
            snapshot=None,
        )

    async def _power(self, server: Server) -> PowerState:
        return (await self.cloud.machines.power_states([server.id]))[server.id]


@dataclass(frozen=True)
class EndOfCopies:
    """The sweep that removes copies whose time is over."""

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """One tick of the schedule. What can't be removed now is tried at the next."""
        now = self.clock.now()
        for server in await self.store.kept_copies():
            if server.snapshot is not None and server.snapshot.until <= now:
                try:
                    await self._end(server, now)
                except (NotYet, PermanentError) as error:
                    log.warning("copy not removed", server=server.id, reason=error.reason)

    async def _end(self, server: Server, now: datetime) -> None:
        """The generation goes up first, so that of this and an undo in the same moment one is
        told that it came too late."""
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
        try:
            await self.cards.update_state(ended)
        except DeliveryError as error:
            log.info("end of copy not shown", server=taken.id, reason=error.reason)
