"""What only admins do, and the reconciliation of Azure with the database.

No other package of provisioning imports this one.
"""

from dataclasses import dataclass

from provisioning.access.maintenance import Maintenance
from provisioning.access.rights import Rights
from provisioning.admin.absence import Absences
from provisioning.admin.administration import Administration
from provisioning.admin.adoption import Adoption
from provisioning.admin.handover import Handover
from provisioning.admin.idle_updates import IdleUpdates
from provisioning.admin.leavers import Directory, LeaverMessages, Leavers
from provisioning.admin.limits import Limiting
from provisioning.admin.missing import Missing
from provisioning.admin.orphans import Orphans
from provisioning.admin.reconcile import Findings, Reconcile, ReconcileMessages
from provisioning.admin.run_now import Upkeep
from provisioning.admin.troubles import CloudCheck, Refusals
from provisioning.core.ports.ports import Ports
from provisioning.core.ports.store import DepartureStore
from provisioning.idle.sweep import Sweep
from provisioning.idle.watch import Watches
from provisioning.members.posted_once import PostedOnce
from provisioning.servers.census import Census


@dataclass(frozen=True)
class AdminUseCases:
    """The use cases of this package."""

    administration: Administration
    orphans: Orphans
    limiting: Limiting
    handover: Handover
    upkeep: Upkeep
    idle_updates: IdleUpdates
    leavers: Leavers
    reconcile: Reconcile
    missing: Missing
    refusals: Refusals
    cloud_check: CloudCheck
    maintenance: Maintenance


def wire(
    ports: Ports,
    rights: Rights,
    sweep: Sweep,
    *,
    watches: Watches,
    census: Census,
    directory: Directory,
    posted_once: PostedOnce,
    findings: Findings,
    departures: DepartureStore,
    leaver_messages: LeaverMessages,
    reconcile_messages: ReconcileMessages,
    refusals: Refusals,
    maintenance: Maintenance,
) -> AdminUseCases:
    """Make the use cases; `sweep` is the cleanup's, which an admin may run at once."""
    store, cloud, work, clock = ports.servers, ports.cloud, ports.work, ports.clock
    adoption = Adoption(cloud, store, clock, ports.layout, ports.tls)
    reconcile = _reconcile(ports, rights, refusals, findings, reconcile_messages)
    regions = ports.policy.regions
    return AdminUseCases(
        administration=Administration(
            store, ports.audit, cloud, ports.host, clock, regions, census
        ),
        orphans=Orphans(adoption, store, work, clock),
        limiting=Limiting(ports.limits, clock, ports.policy),
        handover=Handover(store, ports.shares, departures, directory, work, clock),
        upkeep=Upkeep(sweep, reconcile, watches, ports.audit, clock),
        idle_updates=IdleUpdates(store, watches, sweep.probe, ports.host, work, ports.audit, clock),
        leavers=Leavers(store, departures, directory, posted_once, leaver_messages, work, clock),
        reconcile=reconcile,
        missing=reconcile.missing,
        refusals=refusals,
        cloud_check=CloudCheck(cloud, census, store, refusals, clock),
        maintenance=maintenance,
    )


def _reconcile(
    ports: Ports,
    rights: Rights,
    refusals: Refusals,
    findings: Findings,
    messages: ReconcileMessages,
) -> Reconcile:
    store, cloud, work = ports.servers, ports.cloud, ports.work
    clock, patience = ports.clock, ports.policy.missing_after
    return Reconcile(
        cloud,
        store,
        work,
        messages,
        findings,
        Absences(cloud, store, work, messages, refusals.troubles, clock, patience),
        Missing(cloud, store, rights, work, messages, clock),
        refusals,
        clock,
    )
