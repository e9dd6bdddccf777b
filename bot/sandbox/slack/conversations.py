"""conversations.* and users.conversations: channels and their history."""

from itertools import islice
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.chat import api_message, find_channel
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.web_api import Arguments, Method, is_true, required, whole_number

_PAGE = 100
_LARGEST_PAGE = 999


class Conversations:
    """The methods over the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        return {
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.list": self._list,
            "conversations.open": self._open,
            "users.conversations": self._list,
        }

    def _history(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        """Return the history, newest first, in pages.

        `oldest` and `latest` are included if `inclusive` is set.
        """
        channel = find_channel(self._workspace, arguments)
        limit = whole_number(arguments, "limit", _PAGE, "invalid_limit")
        limit = min(limit, _LARGEST_PAGE)
        oldest = _timestamp(arguments, "oldest", "invalid_ts_oldest")
        latest = _timestamp(arguments, "latest", "invalid_ts_latest")
        before = _timestamp(arguments, "cursor", "invalid_cursor")
        inclusive = is_true(arguments.get("inclusive"))

        def inside(ts: float) -> bool:
            if before is not None and ts >= before:
                return False
            if inclusive and ts in (oldest, latest):
                return True
            return (oldest is None or ts > oldest) and (latest is None or ts < latest)

        found = (m for m in self._workspace.history(channel) if inside(float(m["ts"])))
        page = list(islice(found, limit + 1))
        with_metadata = is_true(arguments.get("include_all_metadata"))
        shown = [api_message(each, with_metadata=with_metadata) for each in page[:limit]]
        has_more = len(page) > limit
        more = {"next_cursor": shown[-1]["ts"] if has_more else ""}
        return {"messages": shown, "has_more": has_more, "response_metadata": more}

    def _info(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        return {"channel": _api_channel(find_channel(self._workspace, arguments))}

    def _list(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        kinds = str(arguments.get("types") or "public_channel").split(",")
        channels = [people.GENERAL] if "public_channel" in kinds else []
        channels += people.DMS if "im" in kinds else ()
        shown = [_api_channel(channel) for channel in channels]
        return {"channels": shown, "response_metadata": {"next_cursor": ""}}

    def _open(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        if arguments.get("channel"):
            channel = find_channel(self._workspace, arguments)
        else:
            users = str(required(arguments, "users", "users_list_not_supplied")).split(",")
            if any(user not in people.PEOPLE for user in users):
                raise ApiError("user_not_found")
            if any(user in self._workspace.deactivated for user in users):
                raise ApiError("user_disabled")
            if len(users) > 1:  # a group DM wants mpim:write, which the app does not have
                raise ApiError("missing_scope")
            channel = people.PEOPLE[users[0]].dm
        if is_true(arguments.get("return_im")):
            return {"channel": _api_channel(channel)}
        return {"channel": {"id": channel}}


def _timestamp(arguments: Arguments, name: str, error: str) -> float | None:
    value = arguments.get(name)
    if value in (None, ""):
        return None
    try:
        return float(str(value))
    except ValueError:
        raise ApiError(error) from None


def _api_channel(channel: str) -> dict[str, Any]:
    shown = {"id": channel, "is_archived": False, "context_team_id": people.TEAM}
    if channel in people.DMS:
        return shown | {"is_im": True, "user": people.DMS[channel]}
    return shown | {
        "is_im": False,
        "is_channel": True,
        "is_member": True,
        "name": people.channel_name(channel),
        "num_members": len(people.members(channel)),
    }
