"""The scheduled work, run by an admin now: the idle sweep and the reconciliation."""

from dataclasses import dataclass

from provisioning.access.rights import require_admin
from provisioning.admin.reconcile import Reconcile, Reconciled
from provisioning.admin.troubles import with_remedy
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import AuditTrail
from provisioning.idle.sweep import Sweep, Swept
from provisioning.idle.watch import Watches


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
