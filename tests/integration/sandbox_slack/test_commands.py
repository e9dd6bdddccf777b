"""Slash commands over Socket Mode: the app's payload, the person's view, and failures."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from bot.sandbox.slack.delivery import DEADLINE_SECONDS

from .workspace import Refused, bolt_app, connected, until


def counting_app(url):
    """An app that keeps the texts of its commands."""
    app, texts = bolt_app(url), []

    @app.command("/notebook")
    async def on_command(ack, command):
        texts.append(command["text"])
        await ack()

    return SimpleNamespace(app=app, texts=texts)


@pytest.fixture
async def received(slack, app):
    """An app that acknowledges each command without a text, and its payloads."""
    commands = []

    @app.command("/notebook")
    async def on_command(ack, command):
        commands.append(command)
        await ack()

    async with connected(slack, app):
        yield commands


async def test_a_command_reaches_the_app_with_who_where_and_what(ana, received):
    await ana.types("/notebook create  ubuntu")
    command = received[0]
    assert command["command"] == "/notebook"
    assert command["text"] == "create  ubuntu"
    assert (command["user_id"], command["team_id"]) == ("U_ANA", "T_SANDBOX")
    assert (command["channel_id"], command["channel_name"]) == ("C_GENERAL", "general")


async def test_a_command_may_be_typed_without_its_name(ana, received):
    await ana.types("list")
    assert (received[0]["command"], received[0]["text"]) == ("/notebook", "list")


async def test_a_command_in_a_dm_is_from_a_direct_message(ana, received):
    await ana.types("list", channel="D_ANA")
    assert (received[0]["channel_id"], received[0]["channel_name"]) == ("D_ANA", "directmessage")


async def test_every_command_has_a_trigger_and_a_response_url_of_its_own(ana, received):
    await ana.types("list")
    await ana.types("list")
    first, second = received
    assert first["trigger_id"] != second["trigger_id"]
    assert first["response_url"] != second["response_url"]


async def test_an_empty_acknowledgement_shows_nothing(ana, received):
    answer = await ana.types("list")
    assert (answer["ack"], answer["error"]) == ({}, None)
    assert await ana.sees() == []


async def test_an_acknowledgement_with_text_is_shown_to_that_person_alone(slack, app, ana, bob):
    @app.command("/notebook")
    async def on_command(ack):
        await ack("On it")

    async with connected(slack, app):
        answer = await ana.types("list")
    assert answer["ack"]["text"] == "On it"
    (seen,) = await ana.sees("C_GENERAL")
    assert (seen["text"], seen["ephemeral"], seen["user"]) == ("On it", True, "U_BOT")
    assert await bob.sees() == []


async def test_an_acknowledgement_in_channel_is_shown_to_everybody(slack, app, ana, bob):
    @app.command("/notebook")
    async def on_command(ack):
        await ack("Look", response_type="in_channel")

    async with connected(slack, app):
        await ana.types("list")
    (seen,) = await bob.sees("C_GENERAL")
    assert (seen["text"], seen["ephemeral"]) == ("Look", False)


async def test_an_acknowledgement_that_breaks_block_kit_fails(slack, app, ana):
    @app.command("/notebook")
    async def on_command(ack):
        await ack(blocks=[{"type": "section"}])

    async with connected(slack, app):
        answer = await ana.types("list")
    assert answer["error"] == "dispatch_failed"


async def test_without_an_app_a_command_fails_and_slackbot_says_so(ana, bob):
    answer = await ana.types("list")
    assert (answer["ack"], answer["error"]) == (None, "dispatch_failed")
    (seen,) = await ana.sees("C_GENERAL")
    assert (seen["user"], seen["ephemeral"]) == ("USLACKBOT", True)
    assert seen["text"] == '`/notebook` failed with the error "dispatch_failed"'
    assert await bob.sees() == []


@pytest.mark.parametrize("deadline", [DEADLINE_SECONDS])
async def test_an_app_that_takes_more_than_three_seconds_has_timed_out(slack, app, ana):
    asked, released = asyncio.Event(), asyncio.Event()

    @app.command("/notebook")
    async def on_command(ack):
        asked.set()
        await released.wait()
        await ack("Too late")

    async with connected(slack, app):
        answer = await ana.types("list")
        released.set()
    assert asked.is_set()
    assert answer["error"] == "operation_timeout"
    assert 3_000 <= answer["ack_ms"] < 10_000
    (seen,) = await ana.sees()
    assert (seen["user"], "operation_timeout" in seen["text"]) == ("USLACKBOT", True)


async def test_connections_take_turns_and_each_command_goes_to_one_of_them(slack, ana):
    first, second = counting_app(slack.url), counting_app(slack.url)
    async with connected(slack, first.app), connected(slack, second.app):
        for number in range(6):
            await ana.types(f"list {number}")
    assert len(first.texts) == len(second.texts) == 3
    assert sorted(first.texts + second.texts) == [f"list {number}" for number in range(6)]


async def test_a_connection_that_closes_is_given_no_more_commands(slack, ana, received):
    other = counting_app(slack.url)
    async with connected(slack, other.app):
        pass
    await until(lambda: len(slack.sockets) == 1)
    for number in range(4):
        assert (await ana.types(f"list {number}"))["error"] is None
    assert (len(received), other.texts) == (4, [])


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"user": "U_NOBODY"}, "user_not_found"), ({"channel": "D_BOB"}, "channel_not_found")],
)
async def test_nobody_types_as_a_stranger_or_in_another_ones_dm(sandbox, changed, error):
    body = {"user": "U_ANA", "channel": "C_GENERAL", "text": "list"} | changed
    with pytest.raises(Refused, match=error) as refused:
        await sandbox.call("POST", "commands", json=body)
    assert refused.value.status == 404


async def test_five_hundred_commands_at_once_are_all_answered_in_time(ana, received):
    began = time.process_time()  # not of the clock: others may have the computer meanwhile
    answers = await asyncio.gather(*(ana.types(f"list {number}") for number in range(500)))
    assert time.process_time() - began < DEADLINE_SECONDS
    assert [each["error"] for each in answers] == [None] * 500
    assert len({each["text"] for each in received}) == 500
