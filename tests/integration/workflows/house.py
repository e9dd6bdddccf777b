"""The core with fakes around a real engine and a real SQLite file."""

import asyncio

from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.engine import Engine, EngineConfig
from provisioning.adapters.sql.database import create_database_engine
from provisioning.core.model.events import Event
from provisioning.core.model.policy import MachineLayout, Policy
from provisioning.core.model.server import Job, Server, Status
from provisioning.workflows.create import Workflows
from tests.fake_cloud import FakeCloud
from tests.fakes import FakeCardMessages, FakeClock, FakeHost
from tests.stores import Stores


class House:
    """The core, wired with fakes around a real engine and store."""

    def __init__(self, folder) -> None:
        self.file = folder / "bot.db"
        self.url = f"sqlite+aiosqlite:///{self.file}"
        self.database = create_database_engine(self.url)
        self.stores = Stores(self.database)
        self.store = self.stores.servers
        self.clock = FakeClock()
        self.cloud, self.host, self.cards = FakeCloud(), FakeHost(), FakeCardMessages()
        self.rewire(folder)

    def rewire(self, folder) -> None:
        """Build the workflows and the engine again from the present parts."""
        self.workflows = Workflows(
            self.cloud,
            self.host,
            self.cards,
            self.store,
            self.stores.shares,
            self.stores.keys,
            self.stores.limits,
            self.clock,
            InstallationKeys(folder / "keys"),
            MachineLayout(),
            Policy("westeurope", ("northeurope",)),
        )
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        return Engine(
            EngineConfig(self.url, listen_every=0.05),
            self.workflows.table(),
            self.store,
            self.cards,
        )

    async def add(
        self, number: int = 1, owner: str = "U_ANA", region: str = "westeurope"
    ) -> Server:
        now = self.clock.now()
        server = Server(
            id=f"s{number}",
            name=f"name-{number}",
            owner=owner,
            owner_name="Ana",
            platform="ubuntu",
            size="Standard_B2s",
            region=region,
            status=Status.CREATING,
            created_at=now,
            request_key=f"t{number}",
        )
        await self.store.add_server(server, Event(now, owner, "create", server.id, "accepted"))
        return server

    async def delete(self, server: Server) -> Server:
        changed = await self.store.update(
            server.id,
            server.generation,
            generation=server.generation + 1,
            status=Status.DELETING,
        )
        await self.engine.begin(Job.DELETE, changed)
        return changed

    async def until(self, condition, seconds: float = 120) -> None:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def until_shown(self, server_id: str, what: str) -> None:
        async def shown() -> bool:
            return any(what in each for each in self.cards.endings(server_id))

        await self.until(shown)
