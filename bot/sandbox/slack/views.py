"""views.*: the app's modals and Home tabs."""

import hashlib
import json
import secrets
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.blocks import checked_view
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import View, Workspace
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.web_api import Arguments, Method, required

DEEPEST = 3  # modals on top of each other


class Views:
    """The methods over the workspace."""

    def __init__(self, workspace: Workspace, triggers: Triggers) -> None:
        self._workspace = workspace
        self._triggers = triggers

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        return {
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update,
            "views.publish": self._publish,
        }

    def _open(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        view = self._new(arguments)
        user = self._triggers.use(str(required(arguments, "trigger_id")))
        self._workspace.views[user] = [view]
        self._workspace.streams.tell(user, "view")
        return {"view": view}

    def _push(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        view = self._new(arguments)
        user = self._triggers.use(str(required(arguments, "trigger_id")))
        return {"view": self._put_on_top(user, view)}

    def push(self, user: str, view: Any) -> View:
        """Push a modal on the stack, as `response_action: push` asks for. Raise `ApiError`."""
        return self._put_on_top(user, self._new({"view": view}))

    def _put_on_top(self, user: str, view: View) -> View:
        stack = self._workspace.views[user]
        if len(stack) >= DEEPEST:
            raise ApiError("push_limit_reached")
        if stack:
            view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        stack.append(view)
        self._workspace.streams.tell(user, "view")
        return view

    def _update(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        field = "external_id" if arguments.get("external_id") else "id"
        wanted = arguments.get("external_id") or required(arguments, "view_id")
        found = self._workspace.find_view(field, str(wanted))
        if found is None:
            raise ApiError("not_found")
        user, depth = found
        _check_hash(self._workspace.views[user][depth], arguments)
        return {"view": self.replace(user, depth, arguments.get("view"))}

    def replace(self, user: str, depth: int, view: Any) -> View:
        """Replace the modal at one place of a person's stack. Raise `ApiError`."""
        old = self._workspace.views[user][depth]
        kept = {name: old[name] for name in ("id", "previous_view_id", "root_view_id")}
        new = _complete(checked_view(view, "modal")) | kept
        self._workspace.views[user][depth] = new
        self._workspace.streams.tell(user, "view")
        return new

    def _publish(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        user = str(required(arguments, "user_id"))
        if user not in people.PEOPLE:
            raise ApiError("user_not_found")
        _check_hash(self._workspace.homes.get(user), arguments)
        view = _complete(checked_view(arguments.get("view"), "home"))
        self._workspace.set_home(user, view)
        return {"view": view}

    def _new(self, arguments: Arguments) -> View:
        view = _complete(checked_view(arguments.get("view"), "modal"))
        external_id = view["external_id"]
        if external_id and self._workspace.find_view("external_id", external_id):
            raise ApiError("duplicate_external_id")
        return view


def _check_hash(old: View | None, arguments: Arguments) -> None:
    """Refuse a change for an old hash: the app would overwrite a version that it does not know."""
    if old is not None and arguments.get("hash") not in (None, "", old["hash"]):
        raise ApiError("hash_conflict")


def _complete(view: View) -> View:
    """Return the view with the fields that Slack adds."""
    view_id = f"V{secrets.token_hex(6).upper()}"
    digest = hashlib.sha256(json.dumps([view_id, view]).encode()).hexdigest()
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "state": {"values": {}},
        "previous_view_id": None,
        "app_id": people.APP,
        "bot_id": people.BOT,
        "team_id": people.TEAM,
        **view,
        "id": view_id,
        "root_view_id": view_id,
        "hash": digest[:16],
    }
