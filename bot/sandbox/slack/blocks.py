"""Checks of the app's messages and views against `limits`, and the ids that Slack adds."""

import copy
import secrets
from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import LONGEST_MESSAGE, MESSAGE_BLOCKS, MOST_ATTACHMENTS, VIEWS

Block = dict[str, Any]
Element = dict[str, Any]

_WITHOUT_ACTION = frozenset({"image", "plain_text", "mrkdwn"})


def message_content(fields: dict[str, Any], longest: int = LONGEST_MESSAGE) -> dict[str, Any]:
    """Return the checked `text`, `blocks` and `attachments` of a message, with ids.

    Raise `ApiError`: no_text, msg_too_long (over `longest` characters), invalid_blocks_format,
    invalid_blocks, invalid_attachments, too_many_attachments.
    """
    text = str(fields.get("text") or "")
    blocks, attachments = fields.get("blocks") or [], fields.get("attachments") or []
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    if len(text) > longest:
        raise ApiError("msg_too_long")
    _check_attachments(attachments)
    return {"text": text, "blocks": checked_blocks(blocks), "attachments": attachments}


def checked_blocks(blocks: Any) -> list[Block]:
    """Return a message's blocks with ids.

    Raise `ApiError`: invalid_blocks_format, invalid_blocks.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    found = _Problems()
    MESSAGE_BLOCKS.check(blocks, "/blocks", found.say)
    found.check_ids(blocks, "/blocks")
    if found.problems:
        raise ApiError("invalid_blocks", found.problems)
    return with_ids(blocks)


def checked_view(view: Any, kind: str) -> dict[str, Any]:
    """Return a modal or Home tab with ids in its blocks. Raise `ApiError`: invalid_arguments."""
    found = _Problems()
    if not isinstance(view, dict):
        found.say("must provide an object", "/view")
    elif view.get("type") != kind:
        found.say(f"must be a valid enum value: {kind}", "/view/type")
    else:
        VIEWS[kind].check(view, "/view", found.say)
        blocks = view.get("blocks")
        found.check_ids(blocks if isinstance(blocks, list) else [], "/view/blocks")
        if kind == "modal" and not view.get("submit") and has_inputs(blocks):
            found.say("missing required field: submit", "/view")
    if found.problems:
        raise ApiError("invalid_arguments", found.problems)
    return {**view, "blocks": with_ids(view["blocks"])}


def elements_of(block: Block) -> list[Element]:
    """Return the elements of a block, whichever field holds them."""
    elements = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
    return [element for element in elements if isinstance(element, dict)]


def interactive(blocks: list[Block]) -> Iterator[tuple[Block, Element]]:
    """Return all elements that people can use, each with its block."""
    for block in blocks:
        if block.get("type") == "rich_text":
            continue
        for element in elements_of(block):
            if element.get("type") not in _WITHOUT_ACTION:
                yield block, element


def with_ids(blocks: list[Block]) -> list[Block]:
    """Return a copy in which each block and each usable element has an id."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
    for _, element in interactive(blocks):
        element.setdefault("action_id", secrets.token_urlsafe(4))
    return blocks


def _check_attachments(attachments: Any) -> None:
    if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
        raise ApiError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    for attachment in attachments:
        checked_blocks(attachment.get("blocks") or [])


def has_inputs(blocks: Any) -> bool:
    """Return whether a view has a field."""
    return isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )


class _Problems:
    """Collects problems in Slack's form."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def say(self, problem: str, where: str) -> None:
        self.problems.append(f"[ERROR] {problem} [json-pointer:{where}]")

    def check_ids(self, blocks: list[Any], where: str) -> None:
        """Report a block_id that is used twice, and an action_id used twice in its block."""
        seen: set[str] = set()
        for number, block in enumerate(blocks):
            if not isinstance(block, dict):
                continue
            block_id = str(block.get("block_id") or "")
            if block_id in seen:
                self.say(f"block_id already exists: {block_id}", f"{where}/{number}/block_id")
            seen |= {block_id} - {""}
            actions = [element.get("action_id") for element in elements_of(block)]
            named = [action for action in actions if action]
            if len(named) != len(set(named)):
                self.say("action_id must be unique in its block", f"{where}/{number}/elements")
