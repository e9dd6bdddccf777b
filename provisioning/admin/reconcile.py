"""The cloud as it is against the store as it should be: found, told and put right.

Only what carries this installation's tags is looked at. The cloud's lists lag behind, so
nothing is done about what one list says: a machine is asked for by its name first, and an
orphan counts once two runs have seen it.
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
    """What a run found: the names of servers that differed, each with what was done about it,
    and everything that nobody has a row of, told already or not."""

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
    """One run, over the ports."""

    cloud: Cloud
    store: ServerStore
    work: Work
    cards: CardMessages
    messages: ReconcileMessages
    findings: Findings
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """One tick of the schedule. A cloud that does not answer is asked at the next one."""
        try:
            await self.run()
        except NotYet as not_yet:
            log.warning("not compared with the cloud", reason=not_yet.reason)

    async def run(self) -> Reconciled:
        """Compare everything once. The cloud is listed first: what is made meanwhile has a
        row before it has anything in the cloud."""
        resources = await self.cloud.inventory.resources()
        servers = {each.id: each for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        settled = [
            each for each in servers.values() if each.status in (Status.RUNNING, Status.STOPPED)
        ]
        powers = await self.cloud.machines.power_states([each.id for each in settled])
        drift = []
        for server in settled:
            if _differs(server.status, powers[server.id]):
                deed = await self._put_right(server)
                drift += [(server.name, deed)] if deed else []
        orphans = orphans_among(resources, servers.keys(), kept)
        await self._tell_orphans(orphans)
        return Reconciled(tuple(drift), tuple(orphans))

    async def _put_right(self, server: Server) -> str:
        """What was done; "" where the list was late."""
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
            # Shut down from within, its hardware is still paid for.
            return await self._begin(server, STOP, "shut down from within")
        return await self._note_stop(server)

    async def _begin(self, server: Server, wish: Transition, detail: str) -> str:
        transitions = Transitions(self.store, self.work, self.clock)
        await transitions.begin(server, wish, RECONCILE, detail, "drift")
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

    async def _tell_orphans(self, orphans: Sequence[Orphan]) -> None:
        found, now = {each.server_id: each for each in orphans}, self.clock.now()
        for server_id in await self.findings.seen_before(found.keys(), now):
            try:
                await self.messages.notify_orphan(found[server_id])
            except DeliveryError as error:
                log.warning("orphan not told", server=server_id, reason=error.reason)
                continue
            await self.findings.mark_notified(server_id, now)


def _differs(status: Status, power: PowerState) -> bool:
    """Whether the cloud is settled in another state than the row says."""
    if power is PowerState.ABSENT:
        return True
    if status is Status.RUNNING:
        return power in (PowerState.DEALLOCATED, PowerState.STOPPED)
    return power is PowerState.RUNNING
