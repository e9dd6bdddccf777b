"""A local Slack on a free port with four people, and an app that is not connected yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.app import LocalSlack

from .workspace import Person, Sandbox, bolt_app, web_client


@pytest.fixture
def deadline() -> float:
    """Slack's patience in seconds: on a busy computer 3 s may pass. A test of the deadline
    gives the real one."""
    return 60.0


@pytest_asyncio.fixture
async def slack(tmp_path: Path, deadline: float) -> AsyncIterator[LocalSlack]:
    async with LocalSlack.running(tmp_path / "slack", deadline_seconds=deadline) as server:
        yield server


@pytest_asyncio.fixture
async def sandbox(slack: LocalSlack) -> AsyncIterator[Sandbox]:
    unlimited = aiohttp.TCPConnector(limit=0)  # 500 people type at once
    async with aiohttp.ClientSession(connector=unlimited) as session:
        yield Sandbox(slack.url, session)


@pytest.fixture
def ana(sandbox: Sandbox) -> Person:
    return Person(sandbox, "U_ANA")


@pytest.fixture
def bob(sandbox: Sandbox) -> Person:
    return Person(sandbox, "U_BOB")


@pytest.fixture
def client(slack: LocalSlack) -> AsyncWebClient:
    return web_client(slack.url)


@pytest.fixture
def app(slack: LocalSlack) -> AsyncApp:
    return bolt_app(slack.url)
