"""A restore as steps: a new machine on a disk from the snapshot of a deleted server.

A missing server whose disk is there has no snapshot: its machine is made on that disk.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.language import N_, stored
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, PasswordHidden, Remains, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows
from provisioning.workflows.durable.steps import DAY, Step, Workflow, notify
from provisioning.workflows.failures.people import not_sent

log = structlog.get_logger(__name__)


KEPT_AFTER_FAILURE = timedelta(days=1)
"""Least retention of a snapshot after a failed restore."""


_VERIFIED = frozenset({"drop_copy", "running"})
"""The steps that follow the verification of the restored server."""
_RESTORED: Mapping[str, object] = {
    "snapshot": None,
    "absence": None,
    "ended_at": None,
    "stopped_at": None,
    "password": PasswordHidden(),
}
"""What the row of a restored server has."""


@dataclass(frozen=True)
class Restoring:
    """The steps of a restore.

    `set_up` runs the set-up program; `comes_up` are the steps from a started machine to a verified
    notebook.
    """

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    network: tuple[Step, ...]
    set_up: Callable[[Server], Awaitable[None]]
    comes_up: tuple[Step, ...]

    def workflow(self) -> Workflow:
        """Return the workflow.

        The new machine has new addresses, so the set-up program runs again; it changes nothing
        else.
        """
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
                Step("invite", self.people.invite, patience=DAY),
            ),
            OnFailure(
                self.settle,
                clean_up=self.clean_up,
                correct=Rows(self.store, self.clock).remain,
            ),
        )

    async def announce(self, server: Server) -> None:
        """Show on the card what has begun. A failure of Slack does not hold up the workflow."""
        try:
            await self.cards.update_state(server)
        except DeliveryError as error:
            log.info("begun state not shown", server=server.id, reason=error.reason)

    async def machine(self, server: Server) -> None:
        """Create the disk and the machine; the card says why that takes another attempt."""
        try:
            await self.cloud.machines.ensure_vm_of_copy(server, get_platform(server.platform))
        except NotYet as again:
            await self._show_wait(server, stored(again.reason))
            raise
        if server.stage_detail:
            await self._show_wait(server, "")

    async def _show_wait(self, server: Server, reason: str) -> None:
        changed = await self.store.update(server.id, server.generation, stage_detail=reason)
        if changed is None:
            return
        try:
            await self.cards.update_state(changed)
        except DeliveryError as error:
            log.info("wait not shown", server=server.id, reason=error.reason)

    async def drop_copy(self, server: Server) -> None:
        """Delete the snapshot, since the restored server was verified.

        A snapshot that can't be deleted now is deleted with the server; the restore continues.
        """
        if server.snapshot is None:
            return
        try:
            await self.cloud.snapshots.delete_copy(server.id, server.snapshot.id)
        except (NotYet, PermanentError) as error:
            log.warning("snapshot not deleted", server=server.id, reason=error.reason)

    async def running(self, server: Server) -> None:
        """Set the server to running, without a snapshot."""
        if server.status is Status.RUNNING:
            return
        event = Event(self.clock.now(), ENGINE, "restored", server.id, "ok", server.name)
        await self.store.update(
            server.id,
            server.generation,
            event,
            status=Status.RUNNING,
            failure=None,
            **_RESTORED,
        )

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Leave the server deleted, with its snapshot, and the reason.

        - A server that runs stays so: only a message failed.
        - A verified server runs too, since its snapshot may be deleted already.
        - A server that was restored from its disk is missing again, and keeps everything.
        """
        if server.status is Status.RUNNING:
            if failed.name == "invite":
                rows = Rows(self.store, self.clock)
                await rows.settle(server, Status.RUNNING, not_sent(failed))
            return
        now, kept = self.clock.now(), server.snapshot
        rows, failure = Rows(self.store, self.clock), Failure(failed.reason, failed.code, Job.UNDO)
        if failed.name in _VERIFIED:
            await rows.settle(server, Status.RUNNING, failure, failed.reason, **_RESTORED)
            return
        if kept is None:  # the disk is the only one: nothing may be deleted
            await rows.settle(server, Status.MISSING, failure)
            return
        await rows.settle(
            server,
            Status.DELETED,
            failure,
            ended_at=server.ended_at or now,
            snapshot=replace(kept, until=max(kept.until, now + KEPT_AFTER_FAILURE)),
            remains=Remains(Job.UNDO),
        )

    async def clean_up(self, server: Server) -> None:
        """Delete what was created, and keep the snapshot.

        The disk is deleted only after Azure has shown that its snapshot is complete.
        """
        kept = server.snapshot
        if kept is None:
            return
        if not await self.cloud.snapshots.ensure_copy(server, kept.until):
            raise NotYet(N_("Azure does not show the snapshot"), 5.0)
        await self.cloud.inventory.delete_server(server.id, keep=kept.id)
