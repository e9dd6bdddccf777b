"""Clicks in messages, and response_url: the app's payloads, and the effects of its answers."""

import re

import pytest
import pytest_asyncio
from aiohttp import web
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.slack.fault_kinds import SlackFaults
from bot.sandbox.slack.response_urls import LIFE_SECONDS, ResponseUrls
from bot.sandbox.slack.state import Workspace
from bot.sandbox.traffic import Traffic

from .workspace import Refused, actions, button, connected, until

SIZES = {
    "type": "static_select",
    "action_id": "size",
    "options": [
        {"text": {"type": "plain_text", "text": text}, "value": text} for text in ("small", "large")
    ],
}


@pytest_asyncio.fixture
async def clicked(slack, app):
    """An app that acknowledges every click, and the payloads it got."""
    payloads = []

    @app.action(re.compile("."))
    async def on_click(ack, body):
        payloads.append(body)
        await ack()

    @app.command("/notebook")
    async def on_command(ack, body):
        payloads.append(body)
        await ack(text="Sure?", blocks=[actions(button("yes"), button("no"))])

    async with connected(slack, app):
        yield payloads


@pytest_asyncio.fixture
async def card(client, ana):
    """A message with two stop buttons, told apart by value, and a list of sizes."""
    row = actions(button("stop", "s1"), button("resize", "s1"), SIZES)
    other = actions(button("stop", "s2"))
    await client.chat_postMessage(channel="U_ANA", text="Servers", blocks=[row, other])
    return (await ana.sees("D_ANA"))[0]


async def test_a_click_says_what_was_clicked_where_and_by_whom(ana, card, clicked):
    answer = await ana.clicks(card, "stop")
    (payload,) = clicked
    (action,) = payload["actions"]
    assert (answer["ack"], answer["error"]) == ({}, None)
    assert (action["action_id"], action["value"], action["type"]) == ("stop", "s1", "button")
    assert action["block_id"] == card["blocks"][0]["block_id"]
    assert (payload["user"]["id"], payload["channel"]["id"]) == ("U_ANA", "D_ANA")
    assert (payload["message"]["ts"], payload["message"]["text"]) == (card["ts"], "Servers")
    assert payload["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": "D_ANA",
        "is_ephemeral": False,
    }


async def test_of_several_buttons_with_one_action_the_value_picks(ana, card, clicked):
    await ana.clicks(card, "stop", value="s2")
    (action,) = clicked[0]["actions"]
    assert (action["value"], action["block_id"]) == ("s2", card["blocks"][1]["block_id"])


async def test_of_several_buttons_with_one_action_the_block_picks(ana, card, clicked):
    await ana.clicks(card, "stop", block_id=card["blocks"][1]["block_id"])
    assert clicked[0]["actions"][0]["value"] == "s2"


async def test_a_pick_carries_the_whole_option_and_the_state(ana, card, clicked):
    await ana.clicks(card, "size", value="large")
    (payload,) = clicked
    assert payload["actions"][0]["selected_option"] == SIZES["options"][1]
    state = payload["state"]["values"][card["blocks"][0]["block_id"]]["size"]
    assert state["selected_option"]["value"] == "large"


@pytest.mark.parametrize(
    "wrong",
    [
        {"action_id": "start"},
        {"action_id": "stop", "value": "s3"},
        {"action_id": "size", "value": "huge"},
        {"action_id": "stop", "block_id": "elsewhere"},
    ],
    ids=["action", "value", "option", "block"],
)
async def test_nobody_clicks_what_is_not_there(ana, card, clicked, wrong):
    with pytest.raises(Refused, match="404 no_such_action"):
        await ana.clicks(card, **wrong)
    assert clicked == []


async def test_nobody_clicks_in_another_ones_dm(bob, card, clicked):
    with pytest.raises(Refused, match="404 message_not_found"):
        await bob.clicks(card, "stop")
    assert clicked == []


async def test_an_ephemeral_answer_can_be_clicked_by_its_reader_alone(ana, bob, clicked):
    await ana.types("delete s1")
    (answer,) = await ana.sees()
    await ana.clicks(answer, "yes")
    assert clicked[-1]["container"]["is_ephemeral"] is True
    with pytest.raises(Refused, match="404 message_not_found"):
        await bob.clicks(answer, "yes")


async def test_a_click_can_replace_its_message(ana, card, clicked):
    await ana.clicks(card, "stop")
    webhook = AsyncWebhookClient(clicked[0]["response_url"])
    await webhook.send(text="Stopping", replace_original=True)
    (seen,) = await ana.sees()
    assert (seen["ts"], seen["text"], seen["blocks"]) == (card["ts"], "Stopping", [])


async def test_a_click_can_replace_an_ephemeral_message(ana, clicked):
    await ana.types("delete s1")
    (question,) = await ana.sees()
    await ana.clicks(question, "yes")
    webhook = AsyncWebhookClient(clicked[-1]["response_url"])
    await webhook.send(text="Deleting", replace_original=True)
    (seen,) = await ana.sees()
    assert (seen["text"], seen["ephemeral"]) == ("Deleting", True)


async def test_a_click_can_delete_its_message(ana, card, clicked):
    await ana.clicks(card, "stop")
    await AsyncWebhookClient(clicked[0]["response_url"]).send(delete_original=True)
    assert await ana.sees() == []


async def test_an_answer_to_a_command_is_for_its_sender_unless_in_channel(ana, bob, clicked):
    await ana.types("list")
    webhook = AsyncWebhookClient(clicked[0]["response_url"])
    await webhook.send(text="For you")
    await webhook.send(text="For all", response_type="in_channel")
    assert [each["text"] for each in await ana.sees()] == ["Sure?", "For you", "For all"]
    assert [each["text"] for each in await bob.sees()] == ["For all"]


async def test_a_sixth_use_of_a_response_url_is_refused(ana, clicked):
    await ana.types("list")
    webhook = AsyncWebhookClient(clicked[0]["response_url"])
    statuses = [(await webhook.send(text=str(number))).status_code for number in range(6)]
    assert statuses == [200] * 5 + [404]
    assert [each["text"] for each in await ana.sees()] == ["Sure?", *"01234"]


async def test_a_response_url_of_nobody_is_refused(slack):
    webhook = AsyncWebhookClient(f"{slack.url}/commands/T_SANDBOX/made-up")
    assert (await webhook.send(text="Hello")).status_code == 404


@pytest_asyncio.fixture
async def serve_urls():
    """Serve response URLs only, and return their address."""
    runners = []

    async def serve(urls):
        application = web.Application()
        application.router.add_post("/commands/{team}/{token}", urls.receive)
        runner = web.AppRunner(application)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


async def test_a_response_url_ends_after_thirty_minutes(tmp_path, serve_urls):
    now = [0.0]
    workspace = Workspace(tmp_path)
    urls = ResponseUrls(workspace, SlackFaults(), Traffic(), clock=lambda: now[0])
    url = urls.new(await serve_urls(urls), "U_ANA", "C_GENERAL")
    now[0] = LIFE_SECONDS
    assert (await AsyncWebhookClient(url).send(text="In time")).status_code == 200
    now[0] = LIFE_SECONDS + 1
    assert (await AsyncWebhookClient(url).send(text="Too late")).status_code == 404
    assert [each["text"] for each in workspace.visible("U_ANA")] == ["In time"]
    workspace.close()


MENU = {
    "type": "overflow",
    "action_id": "menu",
    "options": [
        {"text": {"type": "plain_text", "text": text}, "value": f"{text}/s1"}
        for text in ("stop", "logs")
    ],
}
QUESTION = {
    "type": "modal",
    "callback_id": "sure",
    "title": {"type": "plain_text", "text": "Stop?"},
    "submit": {"type": "plain_text", "text": "Stop"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Work ends."}}],
}
NAME = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "name"},
}


async def asked(slack, app, client, ana, view):
    """Name an option of a menu, for an app that opens the view; return its submissions."""
    submitted = []

    @app.action("menu")
    async def on_menu(ack, body):
        await ack()
        assert body["actions"][0]["selected_option"]["value"] == "stop/s1"
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("sure")
    async def on_yes(ack, body):
        submitted.append(body)
        await ack()

    async with connected(slack, app):
        await client.chat_postMessage(channel="U_ANA", text="s1", blocks=[actions(MENU)])
        (message,) = await ana.sees("D_ANA")
        await ana.clicks(message, "stop", value="s1")
        await until(lambda: submitted or (view is not QUESTION and len(ana_views(slack))))
    return submitted


def ana_views(slack):
    return slack.workspace.views["U_ANA"]


async def test_a_click_that_names_an_option_of_a_menu_says_yes_to_its_question(
    slack, app, client, ana
):
    assert len(await asked(slack, app, client, ana, QUESTION)) == 1


async def test_a_form_in_answer_to_a_menu_is_left_to_the_person(slack, app, client, ana):
    form = QUESTION | {"blocks": [NAME]}
    assert await asked(slack, app, client, ana, form) == []
    assert (await ana.modal())["callback_id"] == "sure"
