"""The core of a bot with fakes around a real engine and a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.wiring.parts import Parts
from bot.wiring.use_cases import make_ports
from provisioning import workflows
from provisioning.adapters.engine import Engine, EngineConfig
from provisioning.core.model.events import Event
from provisioning.core.model.policy import Tls
from provisioning.core.model.server import Job, Server, Status
from provisioning.workflows.durable.steps import AddedSteps, Step, Workflow
from tests.bots import IDENTITY, bot_of, settings_in
from tests.databases import url_of
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeAdminAlerts, FakeCardMessages, FakeClock


class House:
    """A bot whose fakes outlive it; `build` makes it again, as a new process would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock, self.cloud = FakeClock(), FakeCloud()
        self.host, self.cards = FakeHost(), FakeCardMessages()
        self.alerts = FakeAdminAlerts()

    def usual(self) -> Parts:
        """The parts in place of Slack, the cloud and the machines, and without the schedules."""
        return {
            "identity": IDENTITY,
            "clock": self.clock,
            "cloud": self.cloud,
            "host": self.host,
            "cards": self.cards,
            "alerts": self.alerts,
            "schedules": {},
            "engine_config": EngineConfig(url_of(self.folder), listen_every=0.05, queue_every=0.02),
        }

    async def build(self, parts: Parts | None = None, **settings: object) -> None:
        """Make the bot, with these parts and settings instead of the usual ones."""
        given = self.usual() | (parts or {})
        self.bot = await bot_of(settings_in(self.folder, **settings), **given)
        assert isinstance(self.bot.engine, Engine)
        self.engine, self.stores = self.bot.engine, self.bot.edges.stores
        self.store, self.keys = self.stores.servers, self.bot.edges.machines.keys

    async def close(self) -> None:
        """End the bot, with what is under way."""
        await self.bot.receiver.close()
        await self.engine.close()
        await _end_stray_work()
        await self.bot.edges.close()

    async def rebuild(self, parts: Parts | None = None, **settings: object) -> None:
        """End the bot, and go on with another."""
        await self.close()
        await self.build(parts, **settings)
        await self.engine.launch()

    def workflows(self, *before_copy: Step) -> dict[str, Workflow]:
        """Make the workflows, by name."""
        ports = make_ports(self.bot.edges, self.engine, Tls())
        return workflows.wire(ports, self.keys, None, AddedSteps(before_copy=before_copy))

    def step(self, job: Job, name: str) -> Step:
        """Return that step of the workflow."""
        return next(each for each in self.workflows()[job].steps if each.name == name)

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
        assert changed is not None
        await self.engine.begin(Job.DELETE, changed)
        return changed

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = 120) -> None:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def until_cleaned(self, server_id: str, why: str) -> Server:
        """Wait until the server has failed with that reason, and nothing is left of it."""

        async def cleaned() -> bool:
            row = await self.store.get(server_id)
            assert row is not None
            failed = row.failure is not None and why in row.failure.text
            return failed and row.remains is None

        await self.until(cleaned)
        row = await self.store.get(server_id)
        assert row is not None
        return row

    async def until_shown(self, server_id: str, what: str) -> None:
        async def shown() -> bool:
            return any(what in each for each in self.cards.endings(server_id))

        await self.until(shown)


async def _end_stray_work() -> None:
    """Wait a moment for the workflows that the engine leaves behind.

    Otherwise one of them may open a connection after the stores are closed. A cancelled one would
    leave its connection open, so nothing is cancelled.
    """
    stray = asyncio.all_tasks() - {asyncio.current_task()}
    if stray:
        await asyncio.wait(stray, timeout=1.0)
