"""The scheduled work, run by an admin now: the idle sweep and the reconciliation."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioning.access.rights import require_admin
from provisioning.admin.reconcile import Reconcile, Reconciled
from provisioning.admin.troubles import with_remedy
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.activity import Activity, averaged
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import AuditTrail
from provisioning.core.retry import all_of
from provisioning.idle.history import observe
from provisioning.idle.rules import Decision, decide
from provisioning.idle.sweep import Sweep, Swept
from provisioning.idle.watch import Watch, Watches


@dataclass(frozen=True)
class Upkept:
    """The results of both; `reconciled` is None if the cloud did not answer.

    `refusal` is why the cloud refused to, with the remedy; "" if it did not."""

    swept: Swept
    reconciled: Reconciled | None
    refusal: str = ""


@dataclass(frozen=True)
class Upkeep:
    """The same code that the schedule runs, perhaps at the same time."""

    sweep: Sweep
    reconcile: Reconcile
    watches: Watches
    audit: AuditTrail
    clock: Clock

    async def preview(self, actor: Member, servers: Sequence[Server]) -> Mapping[str, Decision]:
        """Return what a sweep would decide now, by server id. Probes, and changes nothing."""
        require_admin(actor)
        sweep, now = self.sweep, self.clock.now()
        watches = await self.watches.of([each.id for each in servers])
        own, lifetimes = await sweep.idle_times(), await sweep.lifetimes()
        at_once = asyncio.Semaphore(sweep.config.looks_at_once)

        async def one(server: Server, watch: Watch) -> Decision:
            history, activity = await sweep.history_of(server, watch, now), Activity()
            if server.status is Status.RUNNING:
                async with at_once:
                    activity = averaged(await sweep.activity_of(server), history.kernels)
                history = observe(history, activity, now)
            return decide(activity, history, sweep.policy_of(server, watch, own, lifetimes), now)

        known = [each for each in servers if each.id in watches]
        decided = await all_of(*(one(each, watches[each.id]) for each in known))
        return dict(zip([each.id for each in known], decided, strict=True))

    async def run(self, actor: Member) -> Upkept:
        """Probe every server, even before its next probe is due, and reconcile everything."""
        require_admin(actor)
        now = self.clock.now()
        await self.audit.record(Event(now, actor.id, "sweep", None, "accepted"))
        await self.watches.make_due(now)
        swept = await self.sweep.run(now)
        try:
            return Upkept(swept, await self.reconcile.run())
        except NotYet:
            return Upkept(swept, None)
        except PermanentError as error:
            return Upkept(swept, None, with_remedy(error))
