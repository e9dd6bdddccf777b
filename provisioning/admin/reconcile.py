"""Reconciliation: compares the cloud with the store, and repairs or reports differences.

Only resources with this installation's tags count. The cloud's lists lag behind, so one list is
never enough: the machine is read by its name first, and an orphan counts after two runs have
seen it. What the cloud does not show is `provisioning.admin.absence`'s: nothing here deletes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.admin.absence import AbsenceMessages, Absences
from provisioning.admin.missing import Missing, ReturnMessages
from provisioning.admin.orphans import Orphan, orphans_among
from provisioning.admin.troubles import COMPARISON, Refusals, with_remedy
from provisioning.core.errors import OF_ALL_SERVERS, DeliveryError, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import RECONCILE, Event
from provisioning.core.model.server import Job, PasswordHidden, Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore
from provisioning.servers.transitions import START, STOP, Transition, Transitions

_COMPARED = (Status.RUNNING, Status.STOPPED, Status.MISSING)
_TROUBLE = "cloud"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reconciled:
    """The result of a run.

    `drift` has the names of servers that differed, each with what was done about it. `orphans` are
    all orphans, whether the admins have been notified of them or not.
    """

    drift: tuple[tuple[str, str], ...]
    orphans: tuple[Orphan, ...]


class Findings(Protocol):
    """The orphans that earlier runs have seen, so that admins are notified of each once."""

    async def seen_before(self, keys: Collection[str], now: datetime) -> Collection[str]:
        """Return the keys that an earlier run has seen too and of which no admin was notified.

        Keeps all of `keys`, and forgets every other key.
        """
        ...

    async def mark_notified(self, key: str, now: datetime) -> None:
        """Note that the admins were notified of this key."""
        ...


class ReconcileMessages(AbsenceMessages, ReturnMessages, Protocol):
    """The messages about differences; all wait for the end of the reader's quiet hours."""

    async def notify_orphan(self, orphan: Orphan) -> None:
        """Notify the admins of an orphan, with buttons to delete or to adopt it."""
        ...

    async def notify_drift(self, server: Server, outcome: str) -> None:
        """Notify the owner of what was done in the cloud and not by the bot.

        `outcome` is one of `Reconciled.drift`. A message that Slack does not take is lost.
        """
        ...


@dataclass(frozen=True)
class Reconcile:
    """The reconciliation of the cloud with the store."""

    cloud: Cloud
    store: ServerStore
    work: Work
    messages: ReconcileMessages
    findings: Findings
    absences: Absences
    missing: Missing
    refusals: Refusals
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """Run once on schedule. A cloud that does not answer is compared at the next tick."""
        try:
            await self.run()
        except NotYet as not_yet:
            log.warning("cloud not compared", reason=not_yet.reason)
            await self.refusals.unanswered(not_yet.reason)
        except PermanentError as error:
            log.warning("cloud not compared", reason=error.reason, code=error.code)
            await self._refused(error)

    async def _refused(self, error: PermanentError) -> None:
        if error.code in OF_ALL_SERVERS:
            await self.refusals.seen(error.code, with_remedy(error), by=COMPARISON)
            return
        await self.refusals.troubles.begin(
            _TROUBLE,
            N_(
                "I can't compare my servers with Azure. {reason} Until that is mended, "
                "servers may not be created, started, stopped or deleted. Running servers go "
                "on running.",
                reason=with_remedy(error),
            ),
        )

    async def run(self) -> Reconciled:
        """Compare everything once.

        The cloud is listed first: a server created meanwhile has a row before it has resources.
        """
        began = self.clock.now()
        resources = await self.cloud.inventory.resources()
        servers = {each.id: each for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        settled = [
            each for each in servers.values() if each.status in _COMPARED and each.remains is None
        ]
        drift = await self._compare(settled)
        orphans = orphans_among(resources, servers.keys(), kept)
        await self._notify_of_orphans(orphans)
        over = N_("I can compare my servers with Azure again.")
        await self.refusals.troubles.end(_TROUBLE, over)
        await self.refusals.answered()
        await self.refusals.end_mended(began, self.cloud.presence.shows_place)
        return Reconciled(tuple(drift), tuple(orphans))

    async def _compare(self, servers: Sequence[Server]) -> Sequence[tuple[str, str]]:
        """Compare settled servers with their machines; return what was done, by name."""
        powers = await self.cloud.machines.power_states([each.id for each in servers])
        present = [each for each in servers if each.status is not Status.MISSING]
        drift = []
        for server in servers:
            if powers[server.id] is not PowerState.ABSENT:
                outcome = await self._seen(server, powers[server.id])
                drift += [(server.name, outcome)] if outcome else []
        unlisted = [each for each in present if powers[each.id] is PowerState.ABSENT]
        return [*drift, *await self.absences.look(unlisted, len(present))]

    async def _seen(self, server: Server, power: PowerState) -> str:
        """Follow a machine that the cloud's list has; return what was done, "" for nothing."""
        if server.status is Status.MISSING:
            machine = await self.cloud.machines.find(server.id)
            back = machine and await self.missing.take_back(server, machine)
            return "back" if back else ""
        await self.absences.seen(server)
        return await self._repair(server) if _differs(server.status, power) else ""

    async def _repair(self, server: Server) -> str:
        """Repair the difference and return what was done; "" if the cloud's list was late."""
        machine = await self.cloud.machines.find(server.id)
        if machine is None or not _differs(server.status, machine.power):
            return ""
        log.warning("drift", server=server.id, status=server.status, power=machine.power)
        outcome = await self._follow(server, machine.power)
        await self.messages.notify_drift(server, outcome)
        return outcome

    async def _follow(self, server: Server, power: PowerState) -> str:
        if server.status is Status.STOPPED:
            return await self._begin(server, START, "started in the cloud")
        if power is PowerState.STOPPED:
            # A machine that was shut down from within still costs money.
            return await self._begin(server, STOP, "shut down from within")
        return await self._note_stop(server)

    async def _begin(self, server: Server, transition: Transition, detail: str) -> str:
        transitions = Transitions(self.store, self.work, self.clock)
        await transitions.begin(server, transition, RECONCILE, detail, "drift")
        return detail

    async def _note_stop(self, server: Server) -> str:
        now, detail = self.clock.now(), "stopped in the cloud"
        event = Event(now, RECONCILE, "stopped", server.id, "drift", detail)
        changed = await self.store.update(
            server.id,
            server.generation,
            event,
            generation=server.generation + 1,
            status=Status.STOPPED,
            stopped_at=now,
            password=PasswordHidden(),
        )
        if changed is not None:
            await self.work.begin(Job.REDRAW, changed)
        return detail

    async def _notify_of_orphans(self, orphans: Sequence[Orphan]) -> None:
        found, now = {each.server_id: each for each in orphans}, self.clock.now()
        for server_id in await self.findings.seen_before(found.keys(), now):
            try:
                await self.messages.notify_orphan(found[server_id])
            except DeliveryError as error:
                log.warning(
                    "admins not notified of an orphan", server=server_id, reason=error.reason
                )
                continue
            await self.findings.mark_notified(server_id, now)


def _differs(status: Status, power: PowerState) -> bool:
    """Return whether the cloud has settled in another state than the row."""
    if status is Status.RUNNING:
        return power in (PowerState.DEALLOCATED, PowerState.STOPPED)
    return power is PowerState.RUNNING
