"""Each person is spoken to in their own language, as their Slack has it."""

import asyncio

from bot.slack.profiles import Profiles
from tests.integration.handlers.world import until


async def test_a_person_is_asked_about_once_however_many_ask(place):
    profiles = Profiles(place.client)
    found = await asyncio.gather(*(profiles.of("U_BOB") for _ in range(20)))
    assert {each.locale for each in found} == {"ko-KR"}
    assert await profiles.zone("U_BOB") == "Asia/Seoul"
    assert len(await place.calls("users.info")) == 1


async def test_somebody_whom_slack_does_not_tell_of_is_spoken_to_in_english(place):
    profiles = Profiles(place.client)
    assert (await profiles.of("U_NOBODY")).locale == ""


async def test_a_slow_slack_keeps_nobody_waiting_and_is_heard_later(place):
    profiles = Profiles(place.client)
    assert (await profiles.of("U_BOB", patience=0.0)).locale == ""

    async def heard():
        return profiles.known("U_BOB").locale == "ko-KR"

    assert await until(heard)
    await profiles.close()


async def test_slack_is_left_alone_after_it_has_had_enough(place):
    await place.faults(rate_limit={"users.info": {"retry_after": 30, "count": 1}})
    profiles = Profiles(place.client)
    assert (await profiles.of("U_BOB")).locale == ""
    assert (await profiles.of("U_ANA")).locale == ""
    assert len(await place.calls("users.info")) == 1
