"""What members write to the bot in their DM: each message gets an answer."""

import pytest

from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


async def say(place, text, words, user="U_ANA"):
    """Write to the bot, and return its answer as soon as it has these words."""
    body = {"user": user, "channel": f"D_{user[2:]}", "text": text}
    await place._call("POST", "messages", json=body)

    async def answered():
        return [each for each in await place.dms(user) if each["bot"] and words in str(each)]

    return (await until(answered))[-1]


async def test_a_command_without_the_slash_is_carried_out(place):
    server = await place.server("sales", status=Status.RUNNING)
    await say(place, "stop sales", "stopping `sales`")
    assert place.work.asked == [("stop", server.id)]


@pytest.mark.parametrize("text", ["Status sales", "`status sales`", "/notebook status sales"])
async def test_it_may_be_written_as_people_write(place, text):
    await place.server("sales", status=Status.RUNNING)
    await say(place, text, "Created")


async def test_anything_else_gets_the_overview_with_its_buttons(place):
    answer = await say(place, "hello, is my server on?", "I did not understand that")
    assert "server_create" in str(answer)


async def test_a_command_that_needs_a_form_gets_the_button_that_opens_it(place):
    answer = await say(place, "create", "server_create")
    assert "I did not understand" not in str(answer)


async def test_a_wrong_argument_is_refused_in_words(place):
    await say(place, "start", "needs a name")


async def test_a_stranger_reads_whom_to_ask(place):
    await say(place, "list", "<@U_EVE>", user="U_MAL")


async def test_the_bot_answers_neither_itself_nor_an_event_twice(place):
    await place.faults(event_retries=2)
    await say(place, "list", "no servers")
    await say(place, "help", "creates and manages")
    assert len([each for each in await place.dms() if each["bot"]]) == 2
