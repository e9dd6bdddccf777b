"""Slack takes every message and view: with 0, 1 and 200 servers, the longest names, both languages.

The local Slack checks each against the shapes and limits of Block Kit.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

import handlers
from provisioning.core.language import LANGUAGES, speaking
from provisioning.core.model.events import Event
from tests.integration.handlers import every_view
from tests.integration.handlers.world import until

both = pytest.mark.parametrize("language", LANGUAGES)
numbers = pytest.mark.parametrize("number", [0, 1, 200])


async def typed(place):
    """Type a command, and return Slack's request to the bot."""
    await place.type("help help")
    entries = (await place._call("GET", "traffic"))["entries"]
    return [each["request"] for each in entries if each["kind"] == "slash_commands"][-1]


@both
@numbers
async def test_slack_takes_every_message(place, language, number):
    with speaking(language):
        messages = list(every_view.messages(number))
    refused = []
    for message in messages:
        try:
            await place.client.chat_postMessage(
                channel="D_ANA", text=message.text, blocks=message.blocks
            )
        except SlackApiError as error:
            refused.append((error.response["error"], message.text[:60], error.response.data))
    assert refused == []
    assert len(await place.dms()) == len(messages)


@both
@numbers
async def test_slack_takes_every_card_as_an_edit(place, language, number):
    """Edits have a test of their own, since chat.update takes less text than chat.postMessage."""
    with speaking(language):
        messages = list(every_view.messages(number))
    first = await place.client.chat_postMessage(channel="D_ANA", text="first")
    refused = []
    for message in messages:
        try:
            await place.client.chat_update(
                channel="D_ANA", ts=first["ts"], text=message.text, blocks=message.blocks
            )
        except SlackApiError as error:
            refused.append((error.response["error"], message.text[:60], error.response.data))
    assert refused == []


@both
@numbers
async def test_slack_takes_the_home_and_every_form(place, language, number):
    with speaking(language):
        home, modals = every_view.home(number), list(every_view.modals(number))
    await place.client.views_publish(user_id="U_ANA", view=home)
    for view in modals:
        trigger = (await typed(place))["trigger_id"]
        await place.client.views_open(trigger_id=trigger, view=view)


@both
async def test_slack_takes_the_longest_answer_late_too(place, language):
    with speaking(language):
        overview, *_others = every_view.messages(200)
    seen = len(await place.ephemerals())
    response_url = (await typed(place))["response_url"]
    answer = await AsyncWebhookClient(response_url).send(
        text=overview.text, blocks=overview.blocks, response_type="ephemeral"
    )
    assert answer.status_code == 200

    async def arrived():
        return len(await place.ephemerals()) > seen

    assert await until(arrived)


@both
async def test_somebody_with_two_hundred_servers_lists_them_and_opens_their_home(place, language):
    event = Event(every_view.NOW, "U_ANA", "create", None, "ok")
    for n, server in enumerate(every_view.servers_of(200)):
        mine = replace(server, id=f"a{n:011}", owner="U_ANA", request_key=f"k{n}")
        await place.store.add_server(mine, event)
    await place.type(f"settings --language {language}")
    for text in ("list", "list running", "overview", "", f"status {'0' * 30}"):
        assert "0" * 28 in await place.type(text)  # taken as an acknowledgement, within 3 s
    assert "0" * 28 in await place.type("admin servers", "U_EVE")
    await place.visit_home()

    async def drawn():
        return "0" * 28 in str(await place.home())

    assert await until(drawn)


def drawing_functions():
    """Return every function of the handlers that draws a message or a view, by its code object."""
    found = {}
    for module in pkgutil.walk_packages(handlers.__path__, "handlers."):
        for name, function in inspect.getmembers(importlib.import_module(module.name)):
            if not inspect.isfunction(function) or name.startswith("_"):
                continue
            returned = str(inspect.signature(function).return_annotation)
            if "Message" in returned or "dict[str, typing.Any]" in returned:
                found[function.__code__] = f"{function.__module__}.{name}"
    return found


def test_every_view_is_drawn_by_these_tests():
    drawn = set()

    def note(frame, event, _argument):
        if event == "call":
            drawn.add(frame.f_code)

    sys.setprofile(note)
    try:
        list(every_view.messages(1)), every_view.home(1), list(every_view.modals(1))
    finally:
        sys.setprofile(None)
    missing = {name for code, name in drawing_functions().items() if code not in drawn}
    assert missing == {"handlers.commands.manifest.manifest"}


WORDS = re.compile(r"(?:\b[a-z']{2,}\b[ ,]+){3,}")
NOT_OURS = re.compile(r"`[^`]*`|<[^>]*>|:[a-z_]+:|```[^`]*```")


@numbers
def test_a_korean_reader_sees_no_english_sentence(number):
    assert english_words("ko-KR", number) == []
    assert english_words("en-US", number), "the search finds nothing"


def english_words(language, number):
    with speaking(language):
        shown = [str(message.blocks) + message.text for message in every_view.messages(number)]
        shown += [str(every_view.home(number)), *map(str, every_view.modals(number))]
    return [found[0] for text in shown if (found := WORDS.search(NOT_OURS.sub("", text)))]
