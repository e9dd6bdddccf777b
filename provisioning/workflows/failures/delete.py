"""The end of a deletion that has failed for good.

A server whose machine is still there goes back to running or stopped, as the machine is; one whose
machine the cloud did not show goes back to missing. Where the machine is gone, the server is
deleted, and the rest is deleted by later clean-ups. If its snapshot was requested and is not shown,
the server is missing instead. A server whose creation the deletion has ended never was ready: it
has failed. One whose restore the deletion has ended stays deleted, as it was before. Later
clean-ups delete both.
"""

from dataclasses import dataclass

from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import Absence
from provisioning.core.model.server import (
    Failure,
    Job,
    PasswordHidden,
    Remains,
    Server,
    Snapshot,
    Status,
)
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows


@dataclass(frozen=True)
class FailedDelete:
    """A deletion that the cloud has refused, with or without a snapshot."""

    cloud: Cloud
    store: ServerStore
    clock: Clock
    people: Admission

    def on_failure(self, job: Job) -> OnFailure:
        """Return what follows the failure of a deletion."""

        async def settle(server: Server, failed: FailedStep) -> None:
            await self.settle(server, failed, job)

        return OnFailure(settle, clean_up=self.clean_up, correct=self.correct)

    async def settle(self, server: Server, failed: FailedStep, job: Job) -> None:
        """Set the server back to what it was before the deletion, with the reason.

        A deleted server stays so: only a message failed.
        """
        if not server.status.is_live:
            return
        if server.ended_at is not None or server.ready_at is None:
            await self._give_up(server, failed, job)
            return
        text = N_(
            "It could not be deleted: {reason} So it is still there and costs money.",
            reason=failed.reason,
        )
        if failed.name == "copy":
            text = N_(
                "It was not deleted, since its snapshot failed: {reason}", reason=failed.reason
            )
        await Rows(self.store, self.clock).settle(
            server,
            _before(server),
            Failure(text, failed.code, job),
            failed.reason,
            remains=Remains(job),
            password=PasswordHidden(),
        )

    async def _give_up(self, server: Server, failed: FailedStep, job: Job) -> None:
        """End a server that no member can use; what is left of it is deleted later."""
        status, of_job = Status.FAILED, Job.CREATE
        text = N_(
            "You deleted it before it was ready, but that failed: {reason}", reason=failed.reason
        )
        if server.ended_at is not None:
            status, of_job = Status.DELETED, job
            text = N_("It could not be deleted completely: {reason}", reason=failed.reason)
        await Rows(self.store, self.clock).settle(
            server,
            status,
            Failure(text, failed.code, of_job),
            failed.reason,
            ended_at=server.ended_at or self.clock.now(),
            remains=Remains(job),
        )

    async def clean_up(self, server: Server) -> None:
        """Write how much of the server is there, and reopen it; or delete the rest of it."""
        if not server.status.is_live:
            await self._delete_rest(server)
            if server.status is Status.DELETED:
                await self.store.update(server.id, server.generation, failure=None)
            return
        power = (await self.cloud.machines.power_states([server.id]))[server.id]
        if power is PowerState.ABSENT and await self.cloud.machines.find(server.id) is None:
            await self._is_gone(server)
            return
        changed = await self._is_there(server, power is not PowerState.DEALLOCATED)
        if changed is None:
            return
        if power is PowerState.RUNNING:
            await self.people.admit(changed)
        if changed.snapshot is not None:
            await self.cloud.snapshots.delete_copy(changed.id, changed.snapshot.id)
            await self.store.update(changed.id, changed.generation, snapshot=None)

    async def correct(self, server: Server, failed: FailedStep) -> None:
        """Keep the reason of a rest that could not be deleted. A live server has none."""
        rows = Rows(self.store, self.clock)
        if not server.status.is_live:
            await rows.remain(server, failed)
        else:
            runs = server.status is Status.RUNNING
            access_list = server.access_list.due_again if runs else server.access_list
            await rows.cleaned(server, snapshot=None, access_list=access_list)

    async def _is_there(self, server: Server, runs: bool) -> Server | None:
        """Write whether the machine runs."""
        now, status = self.clock.now(), Status.RUNNING if runs else Status.STOPPED
        event = Event(now, ENGINE, status.value, server.id, "ok", server.name)
        return await self.store.update(
            server.id,
            server.generation,
            None if server.status is status else event,
            status=status,
            stopped_at=None if runs else server.stopped_at or now,
            absence=None,
        )

    async def _is_gone(self, server: Server) -> None:
        """Write that the machine is deleted, and delete the rest once more.

        A disk without its snapshot stays, also one that Azure does not show: the server is missing
        then, and its owner decides.
        """
        now, kept = self.clock.now(), server.snapshot
        if kept is not None and not await self._is_kept(server, kept):
            await self.store.update(
                server.id,
                server.generation,
                Event(now, ENGINE, "missing", server.id, "failed", server.name),
                status=Status.MISSING,
                absence=server.absence or Absence(now),
                snapshot=None,
            )
            return
        event = Event(now, ENGINE, "deleted", server.id, "ok", server.name)
        changed = await self.store.update(
            server.id,
            server.generation,
            event,
            status=Status.DELETED,
            ended_at=now,
            failure=None,
            snapshot=kept,
        )
        if changed is not None:
            await self._delete_rest(changed)

    async def _is_kept(self, server: Server, kept: Snapshot) -> bool:
        """Return whether the snapshot is complete, of a disk that no machine writes to."""
        parts = await self.cloud.presence.parts(server.id)
        in_use = parts.machine or parts.attached
        return not in_use and await self.cloud.snapshots.ensure_copy(server, kept.until)

    async def _delete_rest(self, server: Server) -> None:
        """End the shares of the ended server, and delete what is left of it.

        A restore would give the guests of a share that has not ended their access again.
        """
        await self.people.farewell(server)
        kept = server.snapshot.id if server.snapshot else ""
        await self.cloud.inventory.delete_server(server.id, keep=kept)


def _before(server: Server) -> Status:
    """Return the server's lasting state before its deletion, as far as the row knows it."""
    if server.absence is not None:
        return Status.MISSING
    return Status.RUNNING if server.stopped_at is None else Status.STOPPED
