"""Small Block Kit objects for the tests of the page."""

from typing import Any


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def field(label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    element = {"action_id": label.lower(), **element}
    block = {"type": "input", "block_id": f"b_{label.lower()}", "label": plain(label)}
    return block | {"element": element} | more


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    view = {"id": "V1", "title": plain("New server"), "submit": plain("Create"), "blocks": blocks}
    return view | more


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "actions", "block_id": "row", "elements": list(elements)}]
