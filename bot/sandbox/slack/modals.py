"""views.*: modals and Home tabs; and what a person submits."""

import hashlib
import json
import secrets
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import check_view
from bot.sandbox.slack.state import View, Workspace
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.web_api import Arguments, Method, required

DEEPEST = 3  # views on top of each other


class Modals:
    """The methods, over the workspace."""

    def __init__(self, workspace: Workspace, triggers: Triggers) -> None:
        self._workspace = workspace
        self._triggers = triggers

    def methods(self) -> dict[str, Method]:
        """By their names."""
        return {
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update,
            "views.publish": self._publish,
        }

    def _open(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        user = self._triggers.use(str(required(arguments, "trigger_id")))
        view = self.prepare(arguments, "modal")
        self._workspace.views[user] = [view]
        self._workspace.tell(user, "view")
        return {"view": view}

    def _push(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        user = self._triggers.use(str(required(arguments, "trigger_id")))
        return {"view": self.push(user, arguments)}

    def push(self, user: str, arguments: Arguments) -> View:
        """One more on the stack."""
        stack = self._workspace.views[user]
        if len(stack) >= DEEPEST:
            raise ApiError("push_limit_reached")
        view = self.prepare(arguments, "modal")
        if stack:
            view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        stack.append(view)
        self._workspace.tell(user, "view")
        return view

    def _update(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        found = self._workspace.find_view(str(required(arguments, "view_id", "not_found")))
        if found is None:
            raise ApiError("not_found")
        user, depth = found
        old = self._workspace.views[user][depth]
        if arguments.get("hash") not in (None, "", old["hash"]):
            raise ApiError("hash_conflict")
        return {"view": self.replace(user, depth, arguments)}

    def replace(self, user: str, depth: int, arguments: Arguments) -> View:
        """Another content at the same place."""
        old = self._workspace.views[user][depth]
        view = self.prepare(arguments, "modal") | {
            name: old[name] for name in ("id", "previous_view_id", "root_view_id")
        }
        self._workspace.views[user][depth] = view
        self._workspace.tell(user, "view")
        return view

    def _publish(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        user = str(required(arguments, "user_id"))
        if user not in people.PEOPLE:
            raise ApiError("user_not_found")
        view = self.prepare(arguments, "home")
        self._workspace.set_home(user, view)
        return {"view": view}

    def prepare(self, arguments: Arguments, kind: str) -> View:
        """Checked, with the ids that Slack adds."""
        view: View = dict(required(arguments, "view"))
        if view.get("type") != kind:
            raise ApiError("invalid_arguments", [f"[ERROR] view must be of type {kind}"])
        problems = check_view(view)
        if problems:
            raise ApiError("invalid_arguments", problems)
        for block in view.get("blocks", []):
            block.setdefault("block_id", secrets.token_urlsafe(4))
        view_id = f"V{secrets.token_hex(6).upper()}"
        return {
            "private_metadata": "",
            "callback_id": "",
            "state": {"values": {}},
            "previous_view_id": None,
            "app_id": people.APP,
            "bot_id": people.BOT,
            "team_id": people.TEAM,
            **view,
            "id": view_id,
            "root_view_id": view_id,
            "hash": hashlib.sha256(json.dumps(view).encode()).hexdigest()[:16],
        }


def state_values(view: View, values: dict[str, Any]) -> dict[str, Any]:
    """`{action_id or block_id: simple value}` -> Slack's state.values, by element type."""
    state: dict[str, Any] = {}
    for block in view.get("blocks", []):
        elements = [block["element"]] if "element" in block else block.get("elements", [])
        for element in elements:
            if "action_id" not in element or element["type"] == "button":
                continue
            key = element["action_id"] if element["action_id"] in values else block["block_id"]
            value = values.get(key, element.get("initial_value"))
            entry = {"type": element["type"]} | _entry(element, value)
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return state


_PLAIN = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_MANY = frozenset({"checkboxes", "multi_static_select"})
_ONE = frozenset({"static_select", "radio_buttons", "overflow"})


def _entry(element: dict[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in _PLAIN:
        return {_PLAIN[kind]: value}
    if kind in _MANY:
        wanted = value if isinstance(value, list) else []
        return {"selected_options": [option(element, each) for each in wanted]}
    if kind in _ONE:
        return {"selected_option": None if value in (None, "") else option(element, value)}
    return {"value": None if value in (None, "") else str(value)}


def option(element: dict[str, Any], value: Any) -> dict[str, Any]:
    """The option of that value. Raises `KeyError` if the element has none such."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for each in options:
        if each.get("value") == value:
            return dict(each)
    raise KeyError(f"no option {value!r}")
