"""Each member reads messages in the language of their Slack."""

import asyncio

from bot.slack.profiles import Profiles
from tests.integration.handlers.world import until


async def test_slack_is_asked_once_for_a_profile_that_many_requests_need(place):
    profiles = Profiles(place.client)
    found = await asyncio.gather(*(profiles.of("U_BOB") for _ in range(20)))
    assert {each.locale for each in found} == {"ko-KR"}
    assert await profiles.zone("U_BOB") == "Asia/Seoul"
    assert len(await place.calls("users.info")) == 1


async def test_the_language_of_an_unknown_user_is_english(place):
    profiles = Profiles(place.client)
    assert (await profiles.of("U_NOBODY")).locale == ""


async def test_a_slow_answer_of_slack_delays_no_request_and_counts_later(place):
    profiles = Profiles(place.client)
    assert (await profiles.of("U_BOB", patience=0.0)).locale == ""

    async def known():
        return profiles.known("U_BOB").locale == "ko-KR"

    assert await until(known)
    await profiles.close()


async def test_after_a_rate_limit_slack_is_not_asked_again(place):
    await place.faults(rate_limit={"users.info": {"retry_after": 30, "count": 1}})
    profiles = Profiles(place.client)
    assert (await profiles.of("U_BOB")).locale == ""
    assert (await profiles.of("U_ANA")).locale == ""
    assert len(await place.calls("users.info")) == 1
