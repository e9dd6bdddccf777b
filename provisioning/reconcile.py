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

from provisioning.adoption import Adoption
from provisioning.errors import DeliveryError, NotYet, UserError
from provisioning.language import _
from provisioning.model import (
    CloudResource,
    Event,
    Job,
    Member,
    PowerState,
    Server,
    Status,
)
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.ports import Clock, Cloud, Notifier, Store, Work
from provisioning.transitions import DELETE, START, STOP, Transition

RECONCILE = "reconcile"
"""The actor of what the cloud had done already."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Orphan:
    """Parts in the cloud of a server that the store does not know as live."""

    server_id: str
    owner: str
    resources: tuple[CloudResource, ...]


@dataclass(frozen=True)
class Reconciled:
    """What a run found: the names of servers that differed, each with what was done about it,
    and everything that nobody has a row of, told already or not."""

    drift: tuple[tuple[str, str], ...]
    orphans: tuple[Orphan, ...]


class Findings(Protocol):
    """What earlier runs have seen, so that it is told once."""

    async def seen_before(self, keys: Collection[str], now: datetime) -> Collection[str]:
        """Those of `keys` that an earlier run has seen too and nobody was told of. Keeps all
        of them, and forgets what is no longer among them."""
        ...

    async def told(self, key: str, now: datetime) -> None:
        """Somebody was told."""
        ...


class Reporter(Protocol):
    """Who tells people. Raises `DeliveryError` if Slack did not take it."""

    async def tell_orphan(self, orphan: Orphan) -> None:
        """To the admins, with buttons to delete or to adopt it."""
        ...

    async def tell_vanished(self, server: Server) -> None:
        """To its owner: somebody removed it in the cloud."""
        ...


@dataclass(frozen=True)
class Reconcile:
    """One run, over the ports."""

    cloud: Cloud
    store: Store
    work: Work
    notifier: Notifier
    reporter: Reporter
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
        resources = await self.cloud.list_resources()
        servers = {each.id: each for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        settled = [
            each for each in servers.values() if each.status in (Status.RUNNING, Status.STOPPED)
        ]
        powers = await self.cloud.power_states([each.id for each in settled])
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
        machine = await self.cloud.machine(server.id)
        power = PowerState.ABSENT if machine is None else machine.power
        if not _differs(server.status, power):
            return ""
        log.warning("drift", server=server.id, status=server.status, power=power)
        if power is PowerState.ABSENT:
            await self.reporter.tell_vanished(server)
            return await self._begin(server, DELETE, "vanished")
        if server.status is Status.STOPPED:
            return await self._begin(server, START, "started in the cloud")
        if power is PowerState.STOPPED:
            # Shut down from within, its hardware is still paid for.
            return await self._begin(server, STOP, "shut down from within")
        return await self._note_stop(server)

    async def _begin(self, server: Server, wish: Transition, detail: str) -> str:
        event = Event(self.clock.now(), RECONCILE, wish.job, server.id, "drift", detail)
        changed = await self.store.update(
            server.id, server.generation, event, generation=server.generation + 1, status=wish.to
        )
        if changed is not None:
            await self.work.begin(wish.job, changed)
        return detail

    async def _note_stop(self, server: Server) -> str:
        now, detail = self.clock.now(), "stopped in the cloud"
        event = Event(now, RECONCILE, "stopped", server.id, "drift", detail)
        changed = await self.store.update(
            server.id, server.generation, event, generation=server.generation + 1,
            status=Status.STOPPED, stopped_at=now, password_shown_at=None,
        )  # fmt: skip
        if changed is not None:
            try:
                await self.notifier.show_state(changed)
            except DeliveryError as error:
                log.info("card not drawn", server=server.id, reason=error.reason)
        return detail

    async def _tell_orphans(self, orphans: Sequence[Orphan]) -> None:
        found, now = {each.server_id: each for each in orphans}, self.clock.now()
        for server_id in await self.findings.seen_before(found.keys(), now):
            try:
                await self.reporter.tell_orphan(found[server_id])
            except DeliveryError as error:
                log.warning("orphan not told", server=server_id, reason=error.reason)
                continue
            await self.findings.told(server_id, now)


def orphans_among(
    resources: Sequence[CloudResource], live: Collection[str], kept: Collection[str]
) -> Sequence[Orphan]:
    """Those resources that belong to no live server, by the server of their tag; but no copies
    of the servers in `kept`."""
    found: dict[str, list[CloudResource]] = {}
    for resource in resources:
        is_kept = resource.is_copy and resource.server_id in kept
        if resource.server_id not in live and not is_kept:
            found.setdefault(resource.server_id, []).append(resource)
    return [
        Orphan(server_id, next((each.owner for each in parts if each.owner), ""), tuple(parts))
        for server_id, parts in sorted(found.items())
    ]


@dataclass(frozen=True)
class Orphans:
    """What admins do about orphans. Each method raises `UserError` for anybody else."""

    adoption: Adoption
    store: Store
    work: Work
    clock: Clock

    async def find(self, actor: Member) -> Sequence[Orphan]:
        """Those that there are now. The cloud's lists lag behind: what was just deleted may be
        among them."""
        _require_admin(actor)
        resources = await self.adoption.cloud.list_resources()
        live = {each.id for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        return orphans_among(resources, live, kept)

    async def adopt_all(self, actor: Member) -> tuple[Sequence[Server], Sequence[str]]:
        """See `Adoption.adopt_all`."""
        _require_admin(actor)
        return await self.adoption.adopt_all(actor.id)

    async def adopt(self, actor: Member, server_id: str) -> Server:
        """Give it a row again; its owner can go on."""
        _require_admin(actor)
        return await self.adoption.adopt(actor.id, server_id)

    async def delete(self, actor: Member, server_id: str) -> Server:
        """Remove everything of it from the cloud."""
        _require_admin(actor)
        known = await self.store.get(server_id)
        if known is not None and known.status.is_live:
            raise UserError(
                _(
                    "`{name}` is no orphan: it belongs to <@{owner}>.",
                    name=known.name,
                    owner=known.owner,
                )
            )
        now = self.clock.now()
        event = Event(now, actor.id, Job.DELETE, server_id, "accepted", "orphan")
        leftovers = Server(
            id=server_id, name=f"orphan-{server_id}", owner=actor.id, owner_name=actor.name,
            platform=next(iter(PLATFORMS)), size="", region="", status=Status.DELETING,
            created_at=now, request_key=f"adopt:{server_id}",
        )  # fmt: skip
        server = await self.adoption.write(leftovers, event)
        await self.work.begin(Job.DELETE, server)
        return server


def _differs(status: Status, power: PowerState) -> bool:
    """Whether the cloud is settled in another state than the row says."""
    if power is PowerState.ABSENT:
        return True
    if status is Status.RUNNING:
        return power in (PowerState.DEALLOCATED, PowerState.STOPPED)
    return power is PowerState.RUNNING


def _require_admin(actor: Member) -> None:
    if not actor.is_admin:
        raise UserError(_("Only an admin of the bot may do that. Nothing was changed."))
