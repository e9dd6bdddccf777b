"""Slack refuses every direct message while the app's Messages tab is off, and that shows."""

import json

from structlog.testing import capture_logs

from handlers.kit.blocks import plain
from tests.integration.handlers.world import until

TAB_OFF = {"chat.postMessage": {"error": "messages_tab_disabled", "count": 1000}}
FOR_ADMINS = "turn on the Messages tab"
FOR_MEMBERS = "Ask an admin"


async def send(place, user="U_ANA"):
    return await place.direct_messages.send(
        user, plain("There is news."), must_arrive=False, after_quiet_hours=False
    )


async def turn_tab_off(place):
    await place.faults(fail=TAB_OFF)
    assert await send(place) is None


async def test_every_answer_and_home_say_it_and_an_admin_reads_the_remedy(place):
    await place.server("sales")
    await turn_tab_off(place)
    for command in ("status sales", "list", "password sales", "help"):
        assert FOR_MEMBERS in await place.type(command)
    assert FOR_ADMINS in await place.type("list", user="U_EVE")
    await place.visit_home()

    async def home_says_it():
        return FOR_MEMBERS in json.dumps(await place.home())

    await until(home_says_it)


async def test_it_is_no_longer_said_after_the_first_message_that_arrives(place):
    await turn_tab_off(place)
    await place.faults(fail={})
    assert await send(place)
    assert FOR_MEMBERS not in await place.type("list")


async def test_it_is_logged_once_as_an_error(place):
    with capture_logs() as logs:
        await turn_tab_off(place)
        await send(place)
    assert [each["log_level"] for each in logs if "Messages tab" in each["event"]] == ["error"]


async def test_one_person_who_cannot_be_reached_is_no_refusal_of_all(place):
    await place.faults(fail={"chat.postMessage": {"error": "user_disabled", "count": 1}})
    assert await send(place) is None
    assert "direct messages" not in await place.type("list")
