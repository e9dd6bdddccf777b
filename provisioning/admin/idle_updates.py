"""The update of all idle servers, which an admin asks for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.access.rights import require_admin
from provisioning.core.model.activity import averaged
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock, Work, due_on
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import AuditTrail, ServerStore
from provisioning.core.retry import all_of
from provisioning.idle.history import History, observe
from provisioning.idle.sweep import Probe
from provisioning.idle.watch import Watch, Watches, since_the_last_change
from provisioning.notebooks.updates import UpdateRound

_UNUSED = timedelta(minutes=10)
"""Time without work and without a person from which a server is idle enough."""
_PROBES_AT_ONCE = 10


@dataclass(frozen=True)
class RoundBegun:
    """What a round of updates does, by the servers' names.

    `updating` are idle; `used` follow at their next start, and so do the `unknown`, whose use the
    probe could not find out. `current` is the number of running servers that are up to date.
    """

    updating: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    current: int = 0


@dataclass(frozen=True)
class IdleUpdates:
    """Begin the updates of the running servers that are behind and idle, by a fresh probe."""

    store: ServerStore
    watches: Watches
    probe: Probe
    host: Host
    work: Work
    audit: AuditTrail
    clock: Clock

    async def begin(self, actor: Member) -> RoundBegun:
        """Probe the running servers that are behind, and begin to update the idle ones.

        The workflows pace themselves, and report to the admin.
        """
        require_admin(actor)
        now = self.clock.now()
        await self.audit.record(Event(now, actor.id, "update idle", None, "accepted"))
        live = await self.store.list_servers()
        running = [each for each in live if each.status is Status.RUNNING]
        behind = [each for each in running if each.machine_version != self.host.version]
        idle = await self._idle(behind, now)
        begun = [each for each in behind if idle[each.id]]
        updating = await self._begin(begun, UpdateRound(actor.id, now))
        return RoundBegun(
            updating,
            tuple(each.name for each in behind if idle[each.id] is False),
            tuple(each.name for each in behind if idle[each.id] is None),
            len(running) - len(behind),
        )

    async def _idle(self, servers: Sequence[Server], now: datetime) -> dict[str, bool | None]:
        watches = await self.watches.of([each.id for each in servers])
        room = asyncio.Semaphore(_PROBES_AT_ONCE)

        async def one(server: Server) -> bool | None:
            async with room:
                return await self._is_idle(server, watches.get(server.id), now)

        found = await all_of(*map(one, servers))
        return {server.id: idle for server, idle in zip(servers, found, strict=True)}

    async def _is_idle(self, server: Server, watch: Watch | None, now: datetime) -> bool | None:
        """Return whether the server is idle by the cleanup's rules; None if that is unknown."""
        history = since_the_last_change(server, watch, now) if watch else History(now)
        activity = averaged(await self.probe(server), history.kernels)
        if activity.busy is None:
            return None
        since = observe(history, activity, now).idle_since
        if watch is None and since is not None and activity.last_used is not None:
            since = now - timedelta(seconds=activity.last_used)
        return since is not None and now - since >= _UNUSED

    async def _begin(self, servers: Sequence[Server], of: UpdateRound) -> tuple[str, ...]:
        """Begin one workflow a server, and return the names of those that have not changed."""
        taken: list[Server] = []
        for each in servers:
            event = Event(of.began, of.admin, Job.UPDATE, each.id, "accepted", each.name)
            due = due_on(Job.UPDATE, each, of.key)
            changed = await self.store.update(
                each.id, each.generation, event, due, update_round=of.stored
            )
            if changed is not None:
                taken.append(changed)
        for each in taken:
            await self.work.begin(Job.UPDATE, each, of.key)
        return tuple(each.name for each in taken)
