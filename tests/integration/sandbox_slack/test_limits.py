"""Block Kit's limits: Slack takes a value at the limit, and names the place of one beyond it."""

import pytest
from slack_sdk.errors import SlackApiError

from .workspace import actions, button, modal, section, text_input

DIVIDER = {"type": "divider"}


def plain(length):
    return {"type": "plain_text", "text": "x" * length}


def header(length):
    return {"type": "header", "text": plain(length)}


def fields(count):
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * count}


def confirm(title=1, text=1):
    dialog = {"title": plain(title), "text": plain(text), "confirm": plain(1), "deny": plain(1)}
    return actions(button() | {"confirm": dialog})


# The case, blocks of n, the limit, and the pointer in /blocks of the first value beyond it.
LIMITS = [
    ("blocks", lambda n: [DIVIDER] * n, 50, ""),
    ("section text", lambda n: [section("x" * n)], 3000, "0/text/text"),
    ("section fields", lambda n: [fields(n)], 10, "0/fields"),
    ("header", lambda n: [header(n)], 150, "0/text/text"),
    ("button text", lambda n: [actions(button(text="x" * n))], 75, "0/elements/0/text/text"),
    ("button value", lambda n: [actions(button(value="x" * n))], 2000, "0/elements/0/value"),
    ("action_id", lambda n: [actions(button("x" * n))], 255, "0/elements/0/action_id"),
    ("block_id", lambda n: [section() | {"block_id": "x" * n}], 255, "0/block_id"),
    ("actions", lambda n: [actions(*(button(f"a{i}") for i in range(n)))], 25, "0/elements"),
    ("confirm title", lambda n: [confirm(title=n)], 100, "0/elements/0/confirm/title/text"),
    ("confirm text", lambda n: [confirm(text=n)], 300, "0/elements/0/confirm/text/text"),
]


async def refusal(call):
    """Return the answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response


@pytest.mark.parametrize(("_name", "make", "most", "where"), LIMITS, ids=[row[0] for row in LIMITS])
async def test_a_message_is_held_to_each_limit(client, _name, make, most, where):
    await client.chat_postMessage(channel="U_ANA", text="x", blocks=make(most))
    answer = await refusal(
        client.chat_postMessage(channel="U_ANA", text="x", blocks=make(most + 1))
    )
    assert answer["error"] == "invalid_blocks"
    (message,) = answer["response_metadata"]["messages"]
    assert message.startswith("[ERROR] ")
    assert message.endswith(f"[json-pointer:{'/'.join(['/blocks', where]).rstrip('/')}]")


@pytest.mark.parametrize(
    "block",
    [
        {"type": "paragraph"},
        {"type": "section"},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "a"}]},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        section("x") | {"colour": "red"},
        actions(button() | {"style": "warning"}),
    ],
    ids=["type", "no text", "no elements", "misplaced", "text type", "field", "style"],
)
async def test_a_block_of_another_shape_is_refused(client, ana, block):
    post = client.chat_postMessage(channel="U_ANA", text="x", blocks=[block])
    assert (await refusal(post))["error"] == "invalid_blocks"
    assert await ana.sees() == []


async def test_two_blocks_do_not_share_an_id(client):
    twice = [section() | {"block_id": "same"}] * 2
    post = client.chat_postMessage(channel="U_ANA", text="x", blocks=twice)
    (message,) = (await refusal(post))["response_metadata"]["messages"]
    assert message.endswith("[json-pointer:/blocks/1/block_id]")


async def test_all_that_is_wrong_is_said_at_once(client):
    blocks = [header(151), section("x" * 3001)]
    post = client.chat_postMessage(channel="U_ANA", text="x", blocks=blocks)
    assert len((await refusal(post))["response_metadata"]["messages"]) == 2


async def test_a_long_text_is_refused_and_sooner_in_an_update(client):
    posted = await client.chat_postMessage(channel="U_ANA", text="x" * 4_001)
    update = client.chat_update(channel="D_ANA", ts=posted["ts"], text="x" * 4_001)
    assert (await refusal(update))["error"] == "msg_too_long"
    await client.chat_update(channel="D_ANA", ts=posted["ts"], text="x" * 4_000)
    post = client.chat_postMessage(channel="U_ANA", text="x" * 40_001)
    assert (await refusal(post))["error"] == "msg_too_long"


HOME = {"type": "home"}


@pytest.mark.parametrize(
    "make",
    [
        lambda n: {**HOME, "blocks": [DIVIDER] * (99 + n)},
        lambda n: {**HOME, "blocks": [DIVIDER], "private_metadata": "x" * (2999 + n)},
        lambda n: {**HOME, "blocks": [DIVIDER], "callback_id": "x" * (254 + n)},
    ],
    ids=["blocks", "private_metadata", "callback_id"],
)
async def test_home_is_held_to_each_limit(client, make):
    await client.views_publish(user_id="U_ANA", view=make(1))
    answer = await refusal(client.views_publish(user_id="U_ANA", view=make(2)))
    assert answer["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    "wrong",
    [
        modal(text_input()) | {"title": plain(25)},
        {name: value for name, value in modal(text_input()).items() if name != "submit"},
        modal(DIVIDER) | {"type": "window"},
    ],
    ids=["title", "input without submit", "type"],
)
async def test_a_modal_of_another_shape_is_refused(client, wrong):
    answer = await refusal(client.views_open(trigger_id="1.2.3", view=wrong))
    assert answer["error"] == "invalid_arguments"
