"""Reconciliation: compares the cloud with the store, and repairs or reports differences.

Only resources with this installation's tags count. The cloud's lists lag behind, so one list is
never enough: the machine is read by its name first, and an orphan counts after two runs have
seen it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.admin.orphans import Orphan, orphans_among
from provisioning.core.errors import DeliveryError, NotYet
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import RECONCILE, Event
from provisioning.core.model.server import PasswordHidden, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore
from provisioning.servers.transitions import DELETE, START, STOP, Transition, Transitions

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


class ReconcileMessages(Protocol):
    """The messages about differences; both wait for the end of the reader's quiet hours."""

    async def notify_orphan(self, orphan: Orphan) -> None:
        """Notify the admins of an orphan, with buttons to delete or to adopt it."""
        ...

    async def notify_vanished(self, server: Server) -> None:
        """Notify the owner that the server was removed in Azure's portal.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...


@dataclass(frozen=True)
class Reconcile:
    """The reconciliation of the cloud with the store."""

    cloud: Cloud
    store: ServerStore
    work: Work
    cards: CardMessages
    messages: ReconcileMessages
    findings: Findings
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """Run once on schedule. A cloud that does not answer is compared at the next tick."""
        try:
            await self.run()
        except NotYet as not_yet:
            log.warning("cloud not compared", reason=not_yet.reason)

    async def run(self) -> Reconciled:
        """Compare everything once.

        The cloud is listed first: a server created meanwhile has a row before it has resources.
        """
        resources = await self.cloud.inventory.resources()
        servers = {each.id: each for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        settled = [
            each
            for each in servers.values()
            if each.status in (Status.RUNNING, Status.STOPPED) and each.remains is None
        ]
        powers = await self.cloud.machines.power_states([each.id for each in settled])
        drift = []
        for server in settled:
            if _differs(server.status, powers[server.id]):
                outcome = await self._repair(server)
                drift += [(server.name, outcome)] if outcome else []
        orphans = orphans_among(resources, servers.keys(), kept)
        await self._notify_of_orphans(orphans)
        return Reconciled(tuple(drift), tuple(orphans))

    async def _repair(self, server: Server) -> str:
        """Repair the difference and return what was done; "" if the cloud's list was late."""
        machine = await self.cloud.machines.find(server.id)
        power = PowerState.ABSENT if machine is None else machine.power
        if not _differs(server.status, power):
            return ""
        log.warning("drift", server=server.id, status=server.status, power=power)
        if power is PowerState.ABSENT:
            await self.messages.notify_vanished(server)
            return await self._begin(server, DELETE, "vanished")
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
            try:
                await self.cards.update_state(changed)
            except DeliveryError as error:
                log.info("card not drawn", server=server.id, reason=error.reason)
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
    if power is PowerState.ABSENT:
        return True
    if status is Status.RUNNING:
        return power in (PowerState.DEALLOCATED, PowerState.STOPPED)
    return power is PowerState.RUNNING
