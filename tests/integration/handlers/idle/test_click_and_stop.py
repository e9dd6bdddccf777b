"""The owner clicks "+1 h" at the moment of the stop.

One of the two wins, the message says which, and no stopped server has a message that it is kept.
"""

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass, replace

import aiohttp
import pytest

from bot.messages.cleanup import SlackCleanupMessages
from bot.slack.app import build_client
from bot.slack.direct_messages import DirectMessages
from bot.slack.languages import SlackLanguages
from bot.slack.profiles import Profiles
from bot.wiring.stores import Stores
from handlers.kit import action_ids
from provisioning.access.rights import Rights, ServerId
from provisioning.adapters.sql.database import create_database_engine
from provisioning.adapters.sql.members import SqlHeldMessages, SqlMemberSettings
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.errors import UserError
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from provisioning.idle.keep import Keeping
from provisioning.idle.watch import Watches
from provisioning.members.quiet_hours import Quiet
from provisioning.members.refused_messages import RefusedMessages
from tests.integration.handlers.cleanup import HOUR, MINUTE, POLICY, SATURDAY
from tests.integration.handlers.world import until

ANA = Member("U_ANA")
ROUNDS = 50
STEP_SECONDS = 0.002


@dataclass(frozen=True)
class Held(Watches):
    """The store's watches; `first` runs before an owner's request is written."""

    watches: SqlWatches
    first: object

    async def change(self, *args):
        await self.first()
        return await self.watches.change(*args)


async def due(house, name="sales"):
    """Return a server whose deadline is the next minute, and the message of its warning."""
    server = await house.server(name)
    await house.pass_time(74 * MINUTE)
    house.clock.time += MINUTE
    return server, await message(house, name)


async def message(house, name="sales"):
    return next(each for each in await house.dms() if each["text"].find(name) >= 0)


def says_kept(shown) -> bool:
    return "stays on" in shown["text"] or "is kept until" in shown["text"]


async def test_a_click_between_the_probe_and_the_stop_wins_and_the_message_says_kept(house):
    server, _ = await due(house)

    async def look(_server):
        await house.place.keeping.extend(ANA, ServerId(server.id), HOUR)
        return house.probes.seen.get("sales") or await house.look(server)

    await replace(house.sweep, probe=look).run(house.clock.time)
    assert await house.status() is Status.RUNNING
    assert await house.do_work() == []
    assert says_kept(await message(house))
    await house.pass_time(59 * MINUTE)
    assert await house.status() is Status.RUNNING


async def test_a_stop_between_a_click_and_its_record_wins_and_the_click_is_refused(house):
    server, _ = await due(house)

    async def stop_first():
        await house.sweep.run(house.clock.time)

    slow = replace(house.place.keeping, watches=Held(house.watches, stop_first))
    with pytest.raises(UserError, match="came too late"):
        await slow.extend(ANA, ServerId(server.id), HOUR)
    assert await house.status() is Status.STOPPING
    assert not says_kept(await message(house))
    await house.do_work()
    assert await house.status() is Status.STOPPED
    assert "sales is stopped" in (await message(house))["text"]


@pytest.mark.parametrize(
    "button",
    [
        action_ids.EXTEND_1H_BUTTON,
        action_ids.EXTEND_4H_BUTTON,
        action_ids.UNTIL_MORNING_BUTTON,
        action_ids.UNTIL_FINISHED_BUTTON,
    ],
)
async def test_a_click_on_a_warning_after_the_stop_has_ended_keeps_nothing(house, button):
    server, warning = await due(house)
    await house.sweep.run(house.clock.time)
    row = await house.place.store.get(server.id)
    await house.place.store.update(
        server.id, row.generation, status=Status.STOPPED, stopped_at=house.clock.time
    )  # and its message has not been redrawn yet
    await house.place.click(warning, button)

    async def answered():
        return [each for each in await house.place.ephemerals() if "too late" in each["text"]]

    await until(answered)
    assert not any(says_kept(each) for each in await house.place.messages())


async def test_a_message_that_says_kept_says_stopped_once_the_owner_stops_it(house):
    server, _ = await due(house)
    await house.place.keeping.extend(ANA, ServerId(server.id), HOUR)
    assert says_kept(await message(house))
    await house.place.servers.stop(ANA, ServerId(server.id))
    await house.do_work()
    assert await house.status() is Status.STOPPED
    assert "sales is stopped" in (await message(house))["text"]
    assert len(await house.dms()) == 1


# -- two processes at once


class OtherProcess(threading.Thread):
    """A second bot that clicks, with its own event loop and connections."""

    def __init__(self, house, server_id: str, delay: float) -> None:
        super().__init__()
        self.house, self.server_id, self.delay = house, server_id, delay
        self.ready, self.begin, self.refused = threading.Event(), threading.Event(), ""
        self.has_ended = False

    def run(self) -> None:
        try:
            asyncio.run(self._click())
        finally:
            self.ready.set()  # so the test does not wait for a process that has failed
            self.has_ended = True

    async def _click(self) -> None:
        place = self.house.place
        engine = create_database_engine(str(place.stores.database.url))
        async with aiohttp.ClientSession() as session:
            stores, watches = Stores(engine), SqlWatches(engine)
            client = build_client(place.settings, session)
            profiles, clock = Profiles(client), self.house.clock
            own, held = SqlMemberSettings(engine), SqlHeldMessages(engine)
            quiet = Quiet(own, profiles, held, clock)
            refused = RefusedMessages(stores.posted_once, clock)
            sender = DirectMessages(client, SlackLanguages(profiles, own), quiet, refused)
            messages = SlackCleanupMessages(sender, ())
            keeping = Keeping(
                Rights(stores.servers, stores.shares),
                watches,
                messages,
                profiles,
                clock,
                POLICY,
                stores.limits,
            )
            await watches.get(self.server_id)  # the connection is open
            self.ready.set()
            self.begin.wait()
            await asyncio.sleep(self.delay)
            try:
                await keeping.extend(ANA, ServerId(self.server_id), HOUR)
            except UserError as error:
                self.refused = error.message
            await profiles.close()
        await stores.close()


async def race(house, name: str, click_later: float) -> Status:
    """Run one round and return the winner's status.

    `click_later`: seconds; less than 0 if the sweep begins later.
    """
    house.clock.time = SATURDAY
    server = await house.server(name)
    await house.pass_time(60 * MINUTE, step=30 * MINUTE)
    house.clock.time += 15 * MINUTE
    other = OtherProcess(house, server.id, max(click_later, 0))
    other.start()
    await asyncio.to_thread(other.ready.wait)
    assert not other.has_ended
    other.begin.set()
    await asyncio.sleep(max(-click_later, 0))
    await house.sweep.run(house.clock.time)
    await asyncio.to_thread(other.join)
    won = await house.status(name)
    stopped = won is Status.STOPPING
    assert ("too late" in other.refused) is stopped
    assert says_kept(await message(house, name)) is not stopped
    assert await house.do_work() == (["stop"] if stopped else [])
    assert says_kept(await message(house, name)) is not stopped
    assert await house.status(name) is (Status.STOPPED if stopped else Status.RUNNING)
    row = await house.place.store.get(server.id)
    await house.place.store.update(server.id, row.generation, status=Status.DELETED)
    return won


@pytest.mark.long
async def test_of_a_click_and_a_stop_at_once_one_wins_in_each_of_many_rounds(house):
    outcomes, later = Counter(), 0.0
    for number in range(ROUNDS):
        won = await race(house, f"race-{number}", later)
        outcomes[won] += 1
        # The loser begins earlier next time, so that click and stop keep meeting.
        later += STEP_SECONDS if won is Status.RUNNING else -STEP_SECONDS
    assert outcomes.keys() == {Status.RUNNING, Status.STOPPING}
    assert min(outcomes.values()) >= ROUNDS // 5, outcomes
