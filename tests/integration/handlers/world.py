"""A bot on real parts (slack_bolt, a database) in a local Slack, and people who use it.

What lies behind the use cases is a fake: the engine's list of work, the cloud, the prices.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import update

from bot.config.settings import Settings, SlackSettings
from bot.messages.home import HomeUpdates
from bot.process.clock import SystemClock
from bot.sandbox.slack.app import LocalSlack
from bot.serve import start, stop
from bot.wiring.bot import Bot
from bot.wiring.parts import Parts
from provisioning.adapters.sql.schema.tables import events
from provisioning.core.model.activity import Activity
from provisioning.core.model.cloud import Size
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Server, Status
from provisioning.idle.probe import Probes
from provisioning.servers.create import Creation
from tests.bots import bot_of, settings_in
from tests.databases import place_database
from tests.fake_cloud import FakeCapacity, FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeEngine
from tests.integration.handlers.people import DEADLINE_SECONDS, SlackPeople, until
from tests.postgres import Postgres

__all__ = ["World", "until", "world"]


class SlowCloud(FakeCloud):
    """Answers when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.capacity = SlowCapacity(self)


class SlowCapacity(FakeCapacity):
    """Answers when the test lets it."""

    cloud: SlowCloud

    async def sizes(self, region: str) -> Sequence[Size]:
        await self.cloud.gate.wait()
        return await super().sizes(region)


class Seen(dict[str, Activity], Probes):
    """What the cleanup sees of machines, by the servers' ids; nothing of others."""

    async def probe(self, server: Server) -> Activity:
        return self.get(server.id, Activity())

    async def last_output(self, server: Server) -> LastOutput | None:
        return None


class World(SlackPeople):
    """The bot with its fakes, and the people's side of local Slack."""

    bot: Bot

    def __init__(
        self, slack: LocalSlack, session: aiohttp.ClientSession, settings: Settings, parts: Parts
    ) -> None:
        super().__init__(slack.url, session, settings.slack.bot_token.get_secret_value())
        self.slack, self.settings, self._all_settings = slack, settings.slack, settings
        self.cloud, self.work, self.host, self.seen = SlowCloud(), FakeEngine(), FakeHost(), Seen()
        mine: Parts = {
            "clock": SystemClock(),
            "cloud": self.cloud,
            "engine": self.work,
            "host": self.host,
            "probes": self.seen,
            "homes": HomeUpdates(seconds_between=0),
            "answer_seconds": DEADLINE_SECONDS / 2,
        }
        self._parts: Parts = mine | parts
        self._built: Bot | None = None
        self._stopped = False

    async def build_bot(self) -> None:
        """Build the bot; it does not run yet."""
        self.bot = self._built = await bot_of(self._all_settings, **self._parts)
        # Bolt would wait for three seconds.
        for listener in self.bot.receiver._app._async_listeners:  # type: ignore[attr-defined]
            listener.ack_timeout = DEADLINE_SECONDS
        self._show_edges(self.bot)
        self._show_use_cases(self.bot)

    async def start_bot(self) -> None:
        await self.build_bot()
        await start(self.bot)

    def _show_edges(self, bot: Bot) -> None:
        edges, slack = bot.edges, bot.edges.slack
        self.stores, self.store = edges.stores, edges.stores.servers
        self.watches, self.own = edges.stores.watches, edges.stores.member_settings
        self.cards, self.cleanup_messages = edges.cards, edges.cleanup
        self.client, self.direct_messages = slack.client, slack.messages
        self.access, self.profiles, self.quiet = slack.access, slack.profiles, slack.quiet
        self.tasks, self.keys, self.receiver = slack.tasks, edges.machines.keys, bot.receiver

    def _show_use_cases(self, bot: Bot) -> None:
        cases = bot.cases
        self.servers, self.creations = cases.servers.servers, cases.servers.creations
        self.keeping, self.approvals = cases.idle.keeping, cases.limits.approvals
        self.handover, self.leavers = cases.admin.handover, cases.admin.leavers

    async def stop_bot(self) -> None:
        await stop(self.bot)
        self._stopped = True

    async def close(self) -> None:
        """Stop the bot, and close its connections."""
        if self._built is None:
            return
        if not self._stopped:
            await stop(self._built)
        await self._built.edges.close()

    async def sweep(self) -> None:
        """Look at every server, as the scheduled cleanup does when it is due."""
        now = datetime.now(UTC)
        await self.watches.make_due(now)
        await self.bot.cases.idle.sweep.run(now)

    async def server(
        self,
        name: str = "quiet-otter",
        owner: str = "U_ANA",
        status: Status = Status.CREATING,
        **changes: Any,
    ) -> Server:
        """Create a server in the store, in that status."""
        request = CreateRequest(Member(owner), "ubuntu", name, None, f"seed-{name}")
        made = await self.creations.create(request)
        assert isinstance(made, Creation)
        self.work.asked.clear()
        server = made.server
        if status is Status.RUNNING:
            changes = {"url": f"https://{server.id}.example/", **changes}
        changed = await self.store.update(server.id, server.generation, status=status, **changes)
        assert changed is not None
        return changed

    def member(self, user: str) -> Member:
        """The person as the bot knows them."""
        return Member(user, user, user in self.settings.admins)

    async def backdate(self, server: Server, at: datetime) -> None:
        """Move the server's audit trail to an earlier time."""
        mine = update(events).where(events.c.server_id == server.id).values(at=at)
        async with self.stores.database.begin() as connection:
            await connection.execute(mine)


@asynccontextmanager
async def world(
    folder: Path,
    start: bool = True,
    parts: Parts | None = None,
    settings: dict[str, object] | None = None,
    postgres: Postgres | None = None,
    **slack_settings: Any,
) -> AsyncIterator[World]:
    """A world in that folder, with these parts and settings instead of the usual ones.

    Both Slack and the bot wait longer than in earnest, so that a busy computer makes no answer
    late. A test of late answers gives its own `answer_seconds`.
    """
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            LocalSlack.running(folder / "slack", deadline_seconds=DEADLINE_SECONDS)
        )
        usual = {
            "bot_token": "xoxb-sandbox",
            "app_token": "xapp-sandbox",
            "signing_secret": "sandbox-signing-secret",
            "api_url": f"{slack.url}/api/",
            "allowed_groups": ("S_DATA",),
            "admins": ("U_EVE",),
        }
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await place_database(folder, postgres)
        changes: dict[str, object] = {
            "slack": SlackSettings(**usual | slack_settings),
            "servers_per_member": 3,
        }
        place = World(
            slack, session, settings_in(folder, **changes | (settings or {})), parts or {}
        )
        stack.push_async_callback(place.close)
        if start:
            await place.start_bot()
        yield place
