"""Checks of messages against the limits that Slack's reference of Block Kit states."""

import re

MARKUP = re.compile(
    r"<(?!(?:@[A-Z0-9_]+|!date\^\d+\^[^|<>]+\|[^<>]+|https?://[^<>\s|]+(?:\|[^<>]+)?)>)"
)
"""An opening bracket of markup that the bot never writes: a text was not escaped."""


def check_message(message) -> None:
    """Check that Slack would take the message, and that its text stands alone."""
    assert 0 < len(message.text) <= 4_000
    check_blocks(message.blocks, most=50)
    check_mrkdwn(message.text, 4_000)


def check_view(view) -> None:
    check_blocks(view["blocks"], most=100)


def check_blocks(blocks, most: int) -> None:
    assert 0 < len(blocks) <= most
    for block in blocks:
        match block["type"]:
            case "section":
                check_text(block["text"], 3_000)
            case "header":
                assert block["text"]["type"] == "plain_text"
                check_text(block["text"], 150)
            case "context":
                assert 0 < len(block["elements"]) <= 10
                for element in block["elements"]:
                    check_text(element, 3_000)
            case "actions":
                assert 0 < len(block["elements"]) <= 25
                ids = [element["action_id"] for element in block["elements"]]
                assert len(ids) == len(set(ids))
                for element in block["elements"]:
                    check_button(element)
            case "divider":
                pass
            case other:
                raise AssertionError(f"a block of type {other}")


def check_button(button) -> None:
    if button["type"] == "users_select":
        assert 0 < len(button["placeholder"]["text"]) <= 150
        assert 0 < len(button["action_id"]) <= 255
        return
    if button["type"] == "overflow":
        check_menu(button)
        return
    assert button["text"]["type"] == "plain_text"
    check_text(button["text"], 75)
    assert re.fullmatch(r"[a-z_]{1,255}", button["action_id"])
    if not button["action_id"].startswith("show_help_"):
        assert re.fullmatch(r"([a-z0-9]{12}|U_[A-Z0-9]+)(/[A-Z0-9_]+)?|none", button["value"]), (
            "ids alone"
        )
    assert len(button.get("url", "")) <= 3_000
    assert button.get("style") in (None, "primary", "danger")
    if "confirm" in button:
        confirm = button["confirm"]
        check_text(confirm["title"], 100)
        check_text(confirm["text"], 300)
        check_text(confirm["confirm"], 30)
        check_text(confirm["deny"], 30)


def check_menu(menu) -> None:
    assert 2 <= len(menu["options"]) <= 5
    for option in menu["options"]:
        check_text(option["text"], 75)
        assert re.fullmatch(r"[a-z_]+/[a-z0-9]{12}", option["value"]), "an action and an id alone"


def check_text(text, longest: int) -> None:
    assert 0 < len(text["text"]) <= longest
    if text["type"] == "mrkdwn":
        check_mrkdwn(text["text"], longest)


def check_mrkdwn(text: str, longest: int) -> None:
    assert len(text) <= longest
    found = MARKUP.search(text)
    assert found is None, text[found.start() : found.start() + 40]
