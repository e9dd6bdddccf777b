"""The scheduled work, run by an admin now: the idle sweep and the comparison with the cloud."""

from dataclasses import dataclass

from provisioning.administration import require_admin
from provisioning.errors import NotYet
from provisioning.model import Event, Member
from provisioning.ports import Clock, Store
from provisioning.reconcile import Reconcile, Reconciled
from provisioning.sweep import Sweep, Swept
from provisioning.watch import Watches


@dataclass(frozen=True)
class Upkept:
    """What both found and did; `reconciled` is None where the cloud did not answer."""

    swept: Swept
    reconciled: Reconciled | None


@dataclass(frozen=True)
class Upkeep:
    """The same code as at the schedule's ticks, which may run at the same time."""

    sweep: Sweep
    reconcile: Reconcile
    watches: Watches
    store: Store
    clock: Clock

    async def run(self, actor: Member) -> Upkept:
        """Look at every server, whenever its next look is due, and compare everything."""
        require_admin(actor)
        now = self.clock.now()
        await self.store.record(Event(now, actor.id, "sweep", None, "accepted"))
        await self.watches.make_due(now)
        swept = await self.sweep.run(now)
        try:
            return Upkept(swept, await self.reconcile.run())
        except NotYet:
            return Upkept(swept, None)
