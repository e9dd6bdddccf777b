"""Absences: servers whose machine the cloud does not show, and what is concluded from that.

The cloud may hide what exists, for seconds or hours: its data lags behind, a role was lost, or the
settings name another place. So nothing is deleted because of an absence. A server becomes missing
after several looks over a time, and only where nothing speaks against it; the cloud's next list
that shows the machine brings the server back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import structlog

from provisioning.admin.troubles import Troubles
from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_, Text
from provisioning.core.model.cloud import ShownParts
from provisioning.core.model.events import RECONCILE, Event
from provisioning.core.model.machine import Absence
from provisioning.core.model.server import Job, PasswordHidden, Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore

LEAST_LOOKS = 3
"""Runs that must not have seen a machine before its server is missing."""
_MANY, _SHARE = 3, 0.2
"""More absent servers at once, or a larger share of all, are doubted."""
_DOUBT = timedelta(days=1)
"""Time after which an absence is no longer doubted, though many servers are absent."""
_READ_AT_MOST = 10
"""Most absent servers whose parts are read in one run, and that may become missing then."""
_TROUBLE = "absent"

log = structlog.get_logger(__name__)


class AbsenceMessages(Protocol):
    """The messages about servers that are missing."""

    async def notify_missing(self, server: Server) -> None:
        """Notify the owner and the admins that the cloud no longer shows the server's machine.

        Raises `DeliveryError` if Slack did not take the owner's message.
        """
        ...


@dataclass(frozen=True)
class _Absent:
    """A server that this run has not seen, and what the cloud shows of it; None: not asked."""

    server: Server
    absence: Absence
    parts: ShownParts | None


@dataclass(frozen=True)
class Absences:
    """What the reconciliation does about machines that the cloud does not show."""

    cloud: Cloud
    store: ServerStore
    work: Work
    messages: AbsenceMessages
    troubles: Troubles
    clock: Clock
    missing_after: timedelta

    async def look(self, unlisted: Sequence[Server], known: int) -> Sequence[tuple[str, str]]:
        """Look again at the servers that the cloud's list does not have.

        `known` is the number of servers that the list should have. Returns the servers' names, each
        with what was done.
        """
        absent = []
        for number, server in enumerate(unlisted):
            each = await self._read(server, asked=number < _READ_AT_MOST)
            absent += [each] if each else []
        doubt = await self._doubt(absent, known)
        if doubt is None:
            await self.troubles.end(
                _TROUBLE,
                N_(
                    "Azure shows the servers that it did not show, or they count as missing by "
                    "now. Nothing was deleted."
                ),
            )
        elif max(each.absence.looks for each in absent) > 1:
            await self.troubles.begin(_TROUBLE, doubt)
        done = []
        for each in absent:
            is_sure = doubt is None and each.parts is not None and self._is_long(each.absence)
            is_missing = is_sure and await self._mark(each)
            done.append((each.server.name, "missing" if is_missing else "not shown"))
        return done

    async def seen(self, server: Server) -> None:
        """Forget the absence of a server whose machine the cloud shows."""
        if server.absence is not None:
            await self.store.update(server.id, server.generation, absence=None)

    async def _read(self, server: Server, *, asked: bool) -> _Absent | None:
        """Count one more look; None if the machine is there, or the server has just changed."""
        parts = await self.cloud.presence.parts(server.id) if asked else None
        if parts is not None and parts.machine:
            await self.seen(server)
            return None
        before = server.absence or Absence(self.clock.now(), 0)
        has_disk = before.has_disk if parts is None else parts.disk
        absence = replace(before, looks=before.looks + 1, has_disk=has_disk)
        noted = await self.store.update(server.id, server.generation, absence=absence)
        if noted is None:
            return None
        log.warning(
            "machine not shown",
            server=server.id,
            looks=absence.looks,
            since=absence.since.isoformat(),
            parts=parts,
        )
        return _Absent(noted, absence, parts)

    async def _doubt(self, absent: Sequence[_Absent], known: int) -> Text | None:
        """Return why the absences are no proof, as a text to the admins; None if they are."""
        if not absent:
            return None
        names = ", ".join(f"`{each.server.name}`" for each in absent[:_READ_AT_MOST])
        more = max(0, len(absent) - _READ_AT_MOST)
        words = {"names": f"{names} +{more}" if more else names}
        if not await self.cloud.presence.shows_place():
            return N_(
                "Azure does not show the bot's resource group, and so none of these servers: "
                "{names}. I have deleted and changed nothing. Check whether the bot's role on the "
                "group was removed, or the group itself. I look again by myself.",
                **words,
            )
        recent = [each for each in absent if self.clock.now() - each.absence.since < _DOUBT]
        if len(recent) > _MANY or (len(recent) > 1 and len(recent) > _SHARE * known):
            return N_(
                "Azure does not show several servers at once: {names}. I have deleted and changed "
                "nothing, and look again by myself. Check them in the Azure portal. Those that "
                "are still not shown after a day count as missing then.",
                **words,
            )
        if any(each.parts is not None and each.parts.attached for each in recent):
            return N_(
                "Azure does not show the machines of {names}, but shows disks or network "
                "interfaces that are attached to them. So they probably exist. I have deleted and "
                "changed nothing, and look again by myself.",
                **words,
            )
        return None

    def _is_long(self, absence: Absence) -> bool:
        is_over = self.clock.now() - absence.since >= self.missing_after
        return is_over and absence.looks >= LEAST_LOOKS

    async def _mark(self, absent: _Absent) -> bool:
        """Set the server to missing after its owner was notified; return whether it is."""
        server = absent.server
        try:
            await self.messages.notify_missing(server)
        except DeliveryError as error:
            log.warning("owner not notified", server=server.id, reason=error.reason)
            if self.clock.now() - absent.absence.since < _DOUBT:
                return False
        event = Event(self.clock.now(), RECONCILE, "missing", server.id, "drift", server.name)
        marked = await self.store.update(
            server.id,
            server.generation,
            event,
            generation=server.generation + 1,
            status=Status.MISSING,
            password=PasswordHidden(),
        )
        if marked is None:
            return False
        await self.work.begin(Job.REDRAW, marked)
        return True
