"""A deletion that keeps a copy of the disk, and its undo, as steps; and the end of copies.

The disk goes only after its copy is complete: `Removing.run` asks for that again, right before
it removes anything. Which copy belongs to a deletion is written with the wish.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, PasswordHidden, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.steps import FailedEnding, Step, Workflow, notify

log = structlog.get_logger(__name__)


KEPT_AFTER_FAILURE = timedelta(days=1)
"""For how long at least a copy is kept from which a server could not be made again."""


@dataclass(frozen=True)
class Restoring:
    """The undo. `set_up`: the set-up program's step; `comes_up`: from a machine that is on to a
    notebook that was seen to work."""

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    network: tuple[Step, ...]
    set_up: Callable[[Server], Awaitable[None]]
    comes_up: tuple[Step, ...]

    def workflow(self) -> Workflow:
        """A new machine on a disk of the copy. Its addresses are new ones, so the set-up
        program runs again, and changes nothing else."""
        connect, *rest = self.comes_up
        return Workflow(
            Job.UNDO,
            (
                Step("announce", self.announce),
                *self.network,
                Step("machine", self.machine, patience=1800),
                connect,
                Step("set_up", self.set_up, patience=1200),
                *rest,
                Step("drop_copy", self.drop_copy),
                Step("running", self.running),
                notify("tell", self.cards),
            ),
            on_failure=self.give_back,
        )

    async def announce(self, server: Server) -> None:
        """Say what has begun, below everything else. A chat that is down hinders nothing."""
        try:
            await self.cards.update_state(server, as_new_message=True)
        except DeliveryError as error:
            log.info("beginning not shown", server=server.id, reason=error.reason)

    async def machine(self, server: Server) -> None:
        """Disk and machine."""
        await self.cloud.machines.ensure_vm_of_copy(server, get_platform(server.platform))

    async def drop_copy(self, server: Server) -> None:
        """The server was seen to work, so its copy has done its work. One that can't be removed
        now goes with the server; it is no reason to take that away again."""
        if server.snapshot is None:
            return
        try:
            await self.cloud.snapshots.delete_copy(server.id, server.snapshot.id)
        except (NotYet, PermanentError) as error:
            log.warning("copy not removed", server=server.id, reason=error.reason)

    async def running(self, server: Server) -> None:
        """It runs, and has no copy any more."""
        if server.status is Status.RUNNING:
            return
        event = Event(self.clock.now(), ENGINE, "restored", server.id, "ok", server.name)
        await self.store.update(
            server.id,
            server.generation,
            event,
            status=Status.RUNNING,
            snapshot=None,
            ended_at=None,
            stopped_at=None,
            password=PasswordHidden(),
            failure=None,
        )

    async def give_back(self, server: Server, code: str, reason: str) -> None:
        """What was made is removed, the copy stays, and the owner is told why."""
        if server.status is Status.RUNNING:
            return  # it works; only somebody could not be told
        now, kept = self.clock.now(), server.snapshot
        await self.cloud.inventory.delete_server(server.id, keep=kept.id if kept else "")
        await FailedEnding(self.store, self.cards, self.clock).write(
            server,
            Status.DELETED,
            Failure(reason, code),
            ended_at=server.ended_at or now,
            snapshot=kept and replace(kept, until=max(kept.until, now + KEPT_AFTER_FAILURE)),
        )
