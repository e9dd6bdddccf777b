"""The use cases of servers, wired as in the bot."""

from provisioning.access.rights import Rights
from provisioning.access.sharing import Sharing
from provisioning.limits.checks import LimitChecks
from provisioning.servers.create import Creations
from provisioning.servers.regions import Regions
from provisioning.servers.rename import Renames
from provisioning.servers.resize import Resizes
from provisioning.servers.servers import Servers
from provisioning.servers.undo import Undo
from tests.fakes import FakePrices


class ServerUseCases:
    """The use cases over the stores, the cloud and the engine of a test."""

    def __init__(self, stores, cloud, work, clock, policy) -> None:
        self.stores, self.store = stores, stores.servers
        store, shares, limits = stores.servers, stores.shares, stores.limits
        prices = FakePrices()
        self.rights = Rights(store, shares)
        self.creations = Creations(
            store,
            shares,
            stores.members,
            LimitChecks(store, limits, stores.members, stores.approvals, clock, policy),
            Regions(cloud, limits, policy),
            cloud,
            prices,
            self.rights,
            work,
            clock,
            policy,
        )
        self.resizing = Resizes(store, limits, cloud, prices, self.rights, work, clock, policy)
        self.renaming = Renames(store, self.rights, work, clock)
        self.undo = Undo(store, limits, work, clock, policy)
        self.sharing = Sharing(shares, limits, self.rights, work, clock, policy)
        self.servers = Servers(
            store, shares, stores.audit, self.rights, self.undo, self.sharing, work, clock, policy
        )
