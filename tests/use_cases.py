"""The use cases around servers, wired as the bot wires them."""

from provisioning.access.rights import Rights
from provisioning.access.sharing import Sharing
from provisioning.servers.create import Creations
from provisioning.servers.rename import Renaming
from provisioning.servers.resize import Resizing
from provisioning.servers.servers import Servers
from provisioning.servers.undo import Undo
from tests.fakes import FakePrices


class ServerUseCases:
    """The use cases over a store, a cloud and an engine that the test brings along."""

    def __init__(self, store, cloud, work, clock, policy) -> None:
        prices = FakePrices()
        self.rights = Rights(store)
        self.creations = Creations(store, store, cloud, prices, self.rights, work, clock, policy)
        self.resizing = Resizing(store, cloud, prices, self.rights, work, clock, policy)
        self.renaming = Renaming(store, self.rights, work, clock)
        self.undo = Undo(store, work, clock, policy)
        self.sharing = Sharing(store, self.rights, work, clock, policy)
        self.servers = Servers(store, self.rights, self.undo, self.sharing, work, clock, policy)
