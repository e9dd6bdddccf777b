"""Missing servers: the way back, by itself or at their owner's request."""

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from provisioning.access.installation_keys import PLANTED
from provisioning.access.rights import Right, Rights, ServerRef, has_just_changed
from provisioning.core.errors import DeliveryError, NotYet, PermanentError, UserError
from provisioning.core.language import _, said
from provisioning.core.model.cloud import CloudMachine, PowerState
from provisioning.core.model.events import RECONCILE, Event
from provisioning.core.model.machine import Absence
from provisioning.core.model.people import Member
from provisioning.core.model.server import (
    Job,
    PasswordHidden,
    Server,
    Status,
    state_word,
)
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore
from provisioning.servers.transitions import RESTORE_FROM_DISK, Transitions

_BACK_AS = {
    PowerState.RUNNING: Status.RUNNING,
    PowerState.STOPPED: Status.RUNNING,
    PowerState.DEALLOCATED: Status.STOPPED,
}
"""The machine's power -> the server's state. A machine that was shut down from within counts as
running: the next comparison stops it, since it still costs money."""

log = structlog.get_logger(__name__)


class ReturnMessages(Protocol):
    """The message about a server that is no longer missing."""

    async def notify_back(self, server: Server) -> None:
        """Notify the owner that the cloud shows the server's machine again.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...


@dataclass(frozen=True)
class Missing:
    """What ends the state missing, besides a deletion."""

    cloud: Cloud
    store: ServerStore
    rights: Rights
    work: Work
    messages: ReturnMessages
    clock: Clock

    async def take_back(self, server: Server, machine: CloudMachine) -> Server | None:
        """Set a missing server to its machine's state, and notify the owner.

        Returns None while the machine is starting or stopping, or if the server has changed.
        """
        status = _BACK_AS.get(machine.power)
        if status is None:
            return None
        now = self.clock.now()
        event = Event(now, RECONCILE, "back", server.id, "drift", server.name)
        back = await self.store.update(
            server.id,
            server.generation,
            event,
            generation=server.generation + 1,
            status=status,
            stopped_at=(server.stopped_at or now) if status is Status.STOPPED else None,
            failure=None,
            absence=None,
            password=PasswordHidden(),
        )
        if back is None:
            return None
        log.warning("machine shown again", server=server.id, status=status)
        await self.work.begin(Job.REDRAW, back)
        try:
            await self.messages.notify_back(back)
        except DeliveryError as error:
            log.warning("owner not notified", server=server.id, reason=error.reason)
        return back

    async def look(self, actor: Member, ref: ServerRef) -> Server:
        """Look at once whether the cloud shows the machine; return the server as it is then.

        Raises:
            UserError: if the actor is not the owner, the server is not missing, or the cloud does
                not answer.
        """
        server = await self._missing(actor, ref)
        try:
            machine = await self.cloud.machines.find(server.id)
            if machine is not None:
                return await self.take_back(server, machine) or server
            parts = await self.cloud.presence.parts(server.id)
        except (NotYet, PermanentError) as error:
            raise _no_answer(error) from None
        seen = replace(server.absence or Absence(self.clock.now()), has_disk=parts.disk)
        return await self.store.update(server.id, server.generation, absence=seen) or server

    async def restore(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to create a new machine on the disk of a missing server.

        Raises:
            UserError: as `look` does; if the machine is there, or the disk is not, or in use.
        """
        server = await self._missing(actor, ref)
        try:
            parts = await self.cloud.presence.parts(server.id)
        except (NotYet, PermanentError) as error:
            raise _no_answer(error) from None
        _check_parts(server, machine=parts.machine or parts.attached, disk=parts.disk)
        changed = await Transitions(self.store, self.work, self.clock).begin(
            server,
            RESTORE_FROM_DISK,
            actor.id,
            "from its disk",
            snapshot=None,
            # The new machine plants its host key again, as in any restore.
            host_key_generation=PLANTED,
        )
        if changed is None:
            raise has_just_changed(server)
        return changed

    async def _missing(self, actor: Member, ref: ServerRef) -> Server:
        server = await self.rights.find(actor, ref, Right.START)
        if server.status is not Status.MISSING:
            raise UserError(
                _(
                    "`{name}` is not missing, so nothing was done. Its state is: {state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        return server


def _check_parts(server: Server, *, machine: bool, disk: bool) -> None:
    if machine:
        raise UserError(
            _(
                "Azure shows that the disk of `{name}` is in use by its machine, so nothing was "
                "done. Look again in some minutes: the server then comes back by itself.",
                name=server.name,
            )
        )
    if not disk:
        raise UserError(
            _(
                "Azure does not show the disk of `{name}` either, so nothing was done. Ask an "
                "admin to look for it in the Azure portal.",
                name=server.name,
            )
        )


def _no_answer(error: NotYet | PermanentError) -> UserError:
    return UserError(
        _("I could not ask Azure, so nothing was changed: {reason}", reason=said(error.reason))
    )
