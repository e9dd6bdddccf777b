"""A bot of today's code over what an older one left: its database, its messages, its machines.

The cloud, the machines and the clock are fakes; the rest is as `bot.serve` starts it.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp

from bot import serve
from bot.config.settings import Settings
from bot.sandbox.slack.app import LocalSlack
from bot.wiring.bot import build
from migrations.schema import prepare_database
from provisioning.adapters.sql.database import create_database_engine
from tests.fake_cloud import FakeCloud
from tests.fake_host import FakeHost
from tests.fakes import FakeClock, FakePrices

NEVER = "0 0 29 2 *"
DEADLINE_SECONDS = 60.0
UNDER_WAY = "select count(*) from workflow_status where status in ('ENQUEUED', 'PENDING')"


class OlderBot:
    """People in Slack, the fakes, and the rows.

    The rows are read by SQL, since names of columns outlive names of modules.
    """

    def __init__(self, folder: Path, left: Path) -> None:
        """`left` is the folder with the older bot's database, messages and cloud."""
        self.folder = folder
        self.file = folder / "bot.db"
        with sqlite3.connect(self.file) as database:
            database.executescript((left / "bot.sql").read_text(encoding="utf-8"))
        database.close()
        (folder / "slack").mkdir()
        journal = (left / "slack.jsonl").read_bytes()
        (folder / "slack" / "journal.jsonl").write_bytes(journal)
        cloud = json.loads((left / "cloud.json").read_text(encoding="utf-8"))
        self.clock, self.host = FakeClock(), FakeHost()
        self.clock.time = datetime.fromisoformat(cloud["now"])
        resources = {server: set(owned) for server, owned in cloud["resources"].items()}
        self.cloud = FakeCloud(resources)
        self.slack: LocalSlack
        self.session: aiohttp.ClientSession

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.file)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    def of(self, name: str, column: str = "status") -> object:
        ((value,),) = self.rows(f"select {column} from servers where name = ?", name)
        return value

    async def until(self, condition, seconds: float = DEADLINE_SECONDS):
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, "it did not become so in time"
            await asyncio.sleep(0.05)
        return value

    async def until_is(self, name: str, status: str) -> None:
        await self.until(lambda: self.of(name) == status)

    async def _call(self, path: str, body: dict[str, object]) -> None:
        async with self.session.post(f"{self.slack.url}/sandbox/{path}", json=body) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            assert told["error"] is None, told

    async def click(self, message: dict[str, object], action_id: str) -> None:
        body = {"user": "U_ANA", "channel": message["channel"], "ts": message["ts"]}
        await self._call("actions", body | {"action_id": action_id})

    async def sweep(self) -> None:
        """An admin has every server looked at now; return when `sales` was."""
        query = "select version from watches where server_id = ?"
        before = self.rows(query, self.of("sales", "id"))
        body = {"user": "U_EVE", "channel": "C_GENERAL", "text": "admin sweep"}
        await self._call("commands", body)
        await self.until(lambda: self.rows(query, self.of("sales", "id")) != before)

    def messages(self, button: str = "") -> list[dict[str, object]]:
        """Ana's lasting messages from the bot, oldest first: those with that button."""
        return [
            each
            for each in self.slack.workspace.visible("U_ANA")
            if each["channel"] == "D_ANA" and f'"{button}' in json.dumps(each["blocks"])
        ]

    def message(self, button: str) -> dict[str, object]:
        (found,) = self.messages(button)
        return found


@asynccontextmanager
async def running(folder: Path, left: Path) -> AsyncIterator[OlderBot]:
    """The bot, started over what is in `left`."""
    older = OlderBot(folder, left)
    async with (
        LocalSlack.running(folder / "slack") as older.slack,
        aiohttp.ClientSession() as older.session,
        _bot(older),
    ):
        yield older


def _settings(older: OlderBot) -> Settings:
    return Settings(
        _env_file=None,
        slack={
            "bot_token": "xoxb-sandbox",
            "app_token": "xapp-sandbox",
            "signing_secret": "sandbox-signing-secret",
            "api_url": f"{older.slack.url}/api/",
            "allowed_users": ("everybody",),
            "admins": ("U_EVE",),
        },
        idle={"sweep": NEVER},
        reconcile=NEVER,
        copies_sweep=NEVER,
        database_url=f"sqlite+aiosqlite:///{older.file}",
        keys_dir=older.folder / "keys",
        cache_dir=older.folder / "cache",
    )


@asynccontextmanager
async def _bot(older: OlderBot) -> AsyncIterator[None]:
    """From the start that `bot.serve` makes to its end."""
    settings = _settings(older)
    database = create_database_engine(settings.database_url)
    await prepare_database(database)
    await database.dispose()
    bot = await build(
        settings, clock=older.clock, cloud=older.cloud, host=older.host, prices=FakePrices()
    )
    try:
        await serve.start(bot)
        yield
        await older.until(lambda: older.rows(UNDER_WAY) == [(0,)])
    finally:
        await serve.stop(bot)
        await bot.edges.close()
