"""Whether the bot is ready, as a supervisor and Prometheus see it over HTTP."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.process import health as health_module
from bot.process.health import HealthServer
from bot.wiring.health import watch
from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until, world

SOON = 30.0
"""Seconds within which a check must turn."""


@pytest.fixture(autouse=True)
def _always_look(monkeypatch):
    monkeypatch.setattr(health_module, "_FRESH_SECONDS", 0.0)


class Place:
    """A bot with its health server."""

    def __init__(self, bot_world, server: HealthServer, session: aiohttp.ClientSession) -> None:
        self.world, self._session = bot_world, session
        self._url = f"http://127.0.0.1:{server.port}"

    async def get(self, path: str) -> tuple[int, str]:
        async with self._session.get(self._url + path) as answer:
            return answer.status, await answer.text()

    async def check(self, name: str) -> bool:
        status, text = await self.get("/readyz")
        checks = json.loads(text)["checks"]
        assert (status == 200) == all(each["ready"] for each in checks.values())
        return checks[name]["ready"]

    async def turns(self, name: str, *, ready: bool) -> None:
        async def turned() -> bool:
            return await self.check(name) is ready

        await until(turned, SOON)


@asynccontextmanager
async def place_of(folder, **options):
    async with world(folder, **options) as bot_world, aiohttp.ClientSession() as session:
        server = HealthServer()
        await server.start("127.0.0.1", 0)
        watch(server, bot_world.bot)
        try:
            yield Place(bot_world, server, session)
        finally:
            await server.close()


@pytest.fixture
async def place(tmp_path):
    async with place_of(tmp_path) as made:
        yield made


async def test_a_working_bot_is_alive_and_ready(place):
    assert await place.get("/healthz") == (200, "ok\n")
    status, text = await place.get("/readyz")
    assert status == 200, text
    assert set(json.loads(text)["checks"]) == {"slack", "database", "azure", "sweep"}


async def test_a_cut_socket_is_red_until_slack_is_back(place):
    refusal = {"apps.connections.open": {"error": "internal_error", "count": 3}}
    await place.world.faults(fail=refusal, socket_cut=True)
    await place.turns("slack", ready=False)
    await place.turns("slack", ready=True)


async def test_refused_direct_messages_are_red_until_one_arrives(place):
    refused = place.world.bot.edges.slack.messages.refused
    await refused.refused()
    assert not await place.check("slack")
    await refused.accepted()
    assert await place.check("slack")


@pytest.mark.parametrize(
    "refusal", [PermanentError("No.", "AuthorizationFailed"), NotYet("Busy."), None]
)
async def test_azure_refusing_silent_or_without_the_group_is_red(place, refusal):
    cloud = place.world.cloud
    if refusal is None:
        cloud.hides_place = True
    else:
        cloud.refusal = refusal
    await place.turns("azure", ready=False)
    cloud.refusal, cloud.hides_place = None, False
    await place.turns("azure", ready=True)


async def test_a_late_sweep_is_red(place):
    engine, now = place.world.work, datetime.now(UTC)
    engine.latest = now - timedelta(seconds=90)
    assert not await place.check("sweep")
    engine.latest = now - timedelta(seconds=20)
    assert await place.check("sweep")


async def test_a_database_that_is_gone_is_red_until_it_is_back(tmp_path, postgres):
    async with place_of(tmp_path, postgres=postgres) as place:
        assert await place.check("database")
        postgres.stop()
        try:
            await place.turns("database", ready=False)
        finally:
            postgres.start()
        await place.turns("database", ready=True)


async def test_a_check_that_does_not_end_is_red(monkeypatch):
    monkeypatch.setattr(health_module, "_CHECK_SECONDS", 0.05)
    server = HealthServer()

    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    async def nothing() -> None:
        pass

    server.watch({"slow": never}, nothing)
    assert not (await server.look())["slow"].passes


async def test_a_bot_that_still_starts_is_alive_and_not_ready():
    server = HealthServer()
    assert not (await server.look())["start"].passes


async def test_metrics_have_servers_by_status_and_each_check(place):
    await place.world.server("sales", status=Status.RUNNING)
    status, text = await place.get("/metrics")
    assert status == 200
    assert 'notebook_bot_servers{status="running"} 1.0' in text
    assert 'notebook_bot_ready{check="database"} 1.0' in text
    assert "notebook_bot_events_total" in text
    assert "sales" not in text


async def test_a_taken_port_is_one_sentence(place):
    other = HealthServer()
    with pytest.raises(UserError, match="NOTEBOOK_BOT_METRICS_PORT"):
        await other.start("127.0.0.1", int(place._url.rpartition(":")[2]))
    await other.close()
