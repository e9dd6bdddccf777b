"""The use cases of a server's life: create, rename, resize, start, stop, delete, undo.

A use case never waits for a machine or for a long operation of the cloud; workflows do that.
"""

from dataclasses import dataclass

from provisioning.access import AccessUseCases
from provisioning.core.ports.ports import Ports
from provisioning.limits.approval import ApprovalStore
from provisioning.limits.checks import LimitChecks
from provisioning.servers.create import Creations
from provisioning.servers.offers import Sizes
from provisioning.servers.regions import Regions
from provisioning.servers.rename import Renames
from provisioning.servers.resize import Resizes
from provisioning.servers.servers import Servers
from provisioning.servers.undo import Undo


@dataclass(frozen=True)
class ServerUseCases:
    """The use cases of this package."""

    servers: Servers
    creations: Creations
    renames: Renames
    resizes: Resizes
    undo: Undo


def wire(ports: Ports, access: AccessUseCases, questions: ApprovalStore) -> ServerUseCases:
    """Return the use cases; `questions` stores the questions to approvers."""
    store, limits, cloud = ports.servers, ports.limits, ports.cloud
    rights, work, clock, policy = access.rights, ports.work, ports.clock, ports.policy
    prices, regions = ports.prices, Regions(cloud, limits, policy)
    undo = Undo(store, limits, work, clock, policy)
    return ServerUseCases(
        servers=Servers(
            store, ports.shares, ports.audit, rights, undo, access.sharing, work, clock, policy
        ),
        creations=Creations(
            store=store,
            shares=ports.shares,
            members=ports.members,
            limit_checks=LimitChecks(store, limits, ports.members, questions, clock, policy),
            regions=regions,
            cloud=cloud,
            prices=prices,
            sizes=Sizes(cloud, prices, regions, policy),
            rights=rights,
            work=work,
            clock=clock,
            policy=policy,
        ),
        renames=Renames(store, rights, work, clock),
        resizes=Resizes(store, limits, cloud, prices, rights, work, clock, policy),
        undo=undo,
    )
