"""Values that people enter into Block Kit elements, as Slack's `state.values`.

A simple value is a string, a number, an option's value, or a list of those.
"""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blocks import Block, Element, interactive

# Element type -> the field of its state, and the fields that hold its initial value.
_FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
}
_STATELESS = frozenset({"button", "overflow"})
_TOLD_TO_COMPLETE = "Please complete this required field."


class BadValue(Exception):  # noqa: N818 - it becomes a 4xx with these words
    """The element does not take this value."""


def entry(element: Element, value: Any) -> dict[str, Any]:
    """Return the state of one element, with its type. Raise `BadValue`."""
    kind = str(element["type"])
    field = _FIELDS[kind][0]
    if field == "selected_option":
        picked = None if value in (None, "") else option(element, value)
        return {"type": kind, field: picked}
    if field.endswith("s"):
        values = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if field == "selected_options":
            values = [option(element, each) for each in values]
        return {"type": kind, field: values}
    if value in (None, ""):
        return {"type": kind, field: None}
    return {"type": kind, field: _seconds(value) if kind == "datetimepicker" else str(value)}


def _seconds(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadValue(f"{value!r} is not a time in seconds since 1970") from None


def option(element: Element, value: Any) -> dict[str, Any]:
    """Return the option of that value. Raise `BadValue`."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for each in options:
        if each.get("value") == value:
            return dict(each)
    raise BadValue(f"no option {value!r} in {element.get('action_id')}")


def state_values(blocks: list[Block], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `state.values` of all elements that have a state.

    `values` holds simple values by action_id or block_id; a missing one keeps the app's initial
    value. Raise `BadValue`.
    """
    state: dict[str, dict[str, Any]] = {}
    for block, element in interactive(blocks):
        if element["type"] in _STATELESS or element["type"] not in _FIELDS:
            continue
        given = _given(block, element, values)
        made = initial(element) if given is None else entry(element, given[0])
        state.setdefault(block["block_id"], {})[element["action_id"]] = made
    return state


def initial(element: Element) -> dict[str, Any]:
    """Return the state of an element that has not been touched."""
    field, start = _FIELDS[element["type"]]
    empty: list[str] | None = [] if field.endswith("s") else None
    return {"type": element["type"], field: element.get(start, empty)}


def _given(block: Block, element: Element, values: Mapping[str, Any]) -> tuple[Any] | None:
    for key in (element["action_id"], block["block_id"]):
        if key in values:
            return (values[key],)
    return None


def refusals(blocks: list[Block], state: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors by block_id that keep Slack's own client from sending a form."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = state[block["block_id"]][element["action_id"]][_FIELDS[element["type"]][0]]
        refusal = _refusal(element, value, optional=bool(block.get("optional")))
        if refusal:
            found[block["block_id"]] = refusal
    return found


def _refusal(element: Element, value: Any, *, optional: bool) -> str | None:
    if value in (None, "", []):
        return None if optional else _TOLD_TO_COMPLETE
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(value) < least:
            return f"Please enter at least {least} characters."
        if len(value) > most:
            return f"Please enter at most {most} characters."
    if element["type"] == "number_input":
        return _number_refusal(element, value)
    return None


def _number_refusal(element: Element, value: str) -> str | None:
    try:
        number = float(value) if element["is_decimal_allowed"] else int(value)
    except ValueError:
        return "Please enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"Please enter a number from {least}."
    if most is not None and number > float(most):
        return f"Please enter a number up to {most}."
    return None
