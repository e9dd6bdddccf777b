"""A hundred creations at once on the real engine, with a local Slack that limits the rate."""

import asyncio
from collections import Counter

import aiohttp
import pytest

from bot.config.settings import SlackSettings
from bot.process.clock import SystemClock
from bot.sandbox.slack.app import LocalSlack
from provisioning.core.model.server import Job, Status
from tests.databases import place_database
from tests.integration.workflows.house import House

pytestmark = [
    pytest.mark.long,
    # Slack decides the pace here, and a second database would take four minutes more.
    pytest.mark.parametrize("cluster", ["sqlite"], indirect=True),
]

COUNT = 100
PEOPLE = ("U_ANA", "U_EVE", "U_MAL")  # all read English
TIER = 50
"""Calls of `chat.update` in a minute: Slack's tier 3."""


class ToldHouse(House):
    """The core with fakes, but with Slack in place of the fake that records messages."""

    def usual(self):
        parts = super().usual() | {"clock": SystemClock()}
        del parts["cards"]
        return parts


@pytest.fixture
async def slack(tmp_path):
    async with LocalSlack.running(tmp_path / "slack", port=0) as running:
        yield running


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as open_session:
        yield open_session


@pytest.fixture
async def house(tmp_path, cluster, slack):
    await place_database(tmp_path, cluster)
    house = ToldHouse(tmp_path)
    settings = SlackSettings(
        bot_token="xoxb-sandbox", api_url=f"{slack.url}/api/", allowed_users=("everybody",)
    )
    await house.build(slack=settings)
    await house.bot.edges.cards.start()
    await house.engine.launch()
    yield house
    await house.bot.edges.cards.close()
    await house.close()


async def the_cards(slack, session):
    found = []
    for person in PEOPLE:
        async with session.get(f"{slack.url}/sandbox/messages?user={person}") as answer:
            found += [each for each in (await answer.json())["messages"] if each["bot"]]
    return found


async def edits(slack, session):
    """Return the times in seconds at which Slack took or refused an edit."""
    async with session.get(f"{slack.url}/sandbox/traffic") as answer:
        entries = (await answer.json())["entries"]
    return sorted(each["time"] for each in entries if each["method"] == "chat.update")


@pytest.mark.timeout(600)
async def test_each_final_card_comes_once_within_slacks_rate_limit(house, slack, session):
    fault = {"chat.update": {"retry_after": 2, "count": 30}}
    async with session.post(f"{slack.url}/sandbox/faults", json={"rate_limit": fault}) as answer:
        assert answer.status == 200
    servers = [await house.add(number, PEOPLE[number % 3]) for number in range(COUNT)]
    await asyncio.gather(*(house.engine.begin(Job.CREATE, server) for server in servers))

    async def all_told():
        return sum("is ready" in each["text"] for each in await the_cards(slack, session)) == COUNT

    await house.until(all_told, 420)

    async def one_for_each():
        return len(await the_cards(slack, session)) == COUNT

    # Slack takes fifty deletions a minute, so the cards of the progress go later.
    await house.until(one_for_each, 150)
    cards = await the_cards(slack, session)
    said = Counter(line for each in cards for line in each["text"].splitlines()[:1])
    assert said == Counter(f"Your notebook server {server.name} is ready." for server in servers)
    passwords = {each["text"].rpartition("`")[0].rpartition("`")[2] for each in cards}
    assert len(passwords) == COUNT
    rows = await house.store.list_servers()
    assert {row.status for row in rows} == {Status.RUNNING}
    assert {row.card.ts for row in rows} == {each["ts"] for each in cards}
    times = await edits(slack, session)
    assert max(sum(since <= at < since + 60 for at in times) for since in times) <= TIER
