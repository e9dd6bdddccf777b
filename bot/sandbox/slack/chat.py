"""Web API methods of messages, conversations and people."""

from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import check_blocks, check_message
from bot.sandbox.slack.state import Message, Workspace
from bot.sandbox.slack.web_api import Arguments, Method, is_true, required

LONGEST_UPDATE = 4_000  # characters of text that chat.update takes
_PAGE = 100


class Chat:
    """The methods, over the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Method]:
        """By their names."""
        return {
            "auth.test": self._auth_test,
            "bots.info": self._bots_info,
            "chat.delete": self._delete,
            "chat.getPermalink": self._permalink,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.list": self._list,
            "conversations.open": self._open,
            "reactions.add": self._react,
            "team.info": self._team_info,
            "usergroups.list": self._groups,
            "usergroups.users.list": self._group_users,
            "users.info": self._user,
            "users.list": self._users,
        }

    def _auth_test(self, request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {
            "url": f"{request.url.origin()}/",
            "team": "Sandbox",
            "user": "notebook-bot",
            "team_id": people.TEAM,
            "user_id": people.BOT_USER,
            "bot_id": people.BOT,
            "is_enterprise_install": False,
        }

    def _bots_info(self, _request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        bot = {"id": people.BOT, "app_id": people.APP, "name": "notebook-bot", "deleted": False}
        return {"bot": bot | {"user_id": people.BOT_USER}}

    def _team_info(self, _request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {"team": {"id": people.TEAM, "name": "Sandbox", "domain": people.TEAM_DOMAIN}}

    def _channel(self, arguments: Arguments) -> str:
        channel = str(required(arguments, "channel", "channel_not_found"))
        if channel in people.PEOPLE:  # a person's id means the DM with them
            channel = people.PEOPLE[channel].dm
        if not self._workspace.has_channel(channel):
            raise ApiError("channel_not_found")
        return channel

    def _message(self, arguments: Arguments) -> Message:
        message = self._workspace.find(self._channel(arguments), str(arguments.get("ts", "")))
        if message is None or message["ephemeral"]:
            raise ApiError("message_not_found")
        return message

    def _post(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        message = self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            thread_ts=arguments.get("thread_ts"),
            metadata=arguments.get("metadata"),
            **_content(arguments),
        )
        return {"channel": channel, "ts": message["ts"], "message": api_message(message)}

    def _post_ephemeral(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        user = str(required(arguments, "user", "user_not_in_channel"))
        if user not in people.members(channel):
            raise ApiError("user_not_in_channel")
        message = self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            ephemeral=True,
            to=user,
            **_content(arguments),
        )
        return {"message_ts": message["ts"]}

    def _update(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        message = self._message(arguments)
        if message["user"] != people.BOT_USER:
            raise ApiError("cant_update_message")
        if len(str(arguments.get("text") or "")) > LONGEST_UPDATE:
            raise ApiError("msg_too_long")
        self._workspace.edit(message, **_content(arguments))
        return {
            "channel": message["channel"],
            "ts": message["ts"],
            "text": message["text"],
            "message": api_message(message),
        }

    def _delete(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        message = self._message(arguments)
        if message["user"] != people.BOT_USER:
            raise ApiError("cant_delete_message")
        self._workspace.delete(message)
        return {"channel": message["channel"], "ts": message["ts"]}

    def _permalink(self, request: web.Request, arguments: Arguments) -> dict[str, Any]:
        arguments["ts"] = arguments.get("message_ts")
        message = self._message(arguments)
        link = f"{request.url.origin()}/archives/{message['channel']}/p{message['ts']}"
        return {"channel": message["channel"], "permalink": link}

    def _react(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        arguments["ts"] = arguments.get("timestamp")
        self._message(arguments)
        required(arguments, "name", "invalid_name")
        return {}

    def _history(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        oldest = str(arguments.get("oldest") or "0")
        limit = min(int(arguments.get("limit") or _PAGE), 999)
        found = [m for m in self._workspace.history(channel) if float(m["ts"]) > float(oldest)]
        with_metadata = is_true(arguments.get("include_all_metadata"))
        messages = [api_message(each, with_metadata=with_metadata) for each in found[:limit]]
        return {"messages": messages, "has_more": len(found) > limit}

    def _open(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        users = str(required(arguments, "users", "users_list_not_supplied")).split(",")
        if any(user not in people.PEOPLE for user in users):
            raise ApiError("user_not_found")
        if len(users) > 1:
            raise ApiError("method_not_supported_for_channel_type")
        return {"channel": {"id": people.PEOPLE[users[0]].dm}}

    def _info(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        return {"channel": _api_channel(self._channel(arguments))}

    def _list(self, _request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {"channels": [_api_channel(each) for each in (people.GENERAL, *people.DMS)]}

    def _user(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        person = people.PEOPLE.get(str(required(arguments, "user", "user_not_found")))
        if person is None:
            raise ApiError("user_not_found")
        with_locale = is_true(arguments.get("include_locale"))
        return {"user": people.api_user(person, with_locale=with_locale)}

    def _users(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        with_locale = is_true(arguments.get("include_locale"))
        everybody = people.PEOPLE.values()
        return {"members": [people.api_user(each, with_locale=with_locale) for each in everybody]}

    def _groups(self, _request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {"usergroups": [{"id": people.GROUP, "name": "Data team", "handle": "data-team"}]}

    def _group_users(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        if required(arguments, "usergroup") != people.GROUP:
            raise ApiError("no_such_subteam")
        return {"users": list(people.GROUP_MEMBERS)}


def api_message(message: Message, *, with_metadata: bool = True) -> dict[str, Any]:
    """A message as the API shows it."""
    shown = {
        "type": "message",
        "ts": message["ts"],
        "user": message["user"],
        "text": message["text"],
        "blocks": message["blocks"],
        "team": people.TEAM,
    }
    if message["bot"]:
        shown |= {"bot_id": people.BOT, "app_id": people.APP}
    if message["metadata"] and with_metadata:
        shown["metadata"] = message["metadata"]
    return shown


def _content(arguments: Arguments) -> dict[str, Any]:
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    refusal = check_message(text, blocks)
    if refusal is not None:
        raise ApiError(refusal, check_blocks(blocks) if refusal == "invalid_blocks" else [])
    return {"text": text, "blocks": blocks}


def _api_channel(channel: str) -> dict[str, Any]:
    is_im = channel in people.DMS
    user = {"user": people.DMS[channel]} if is_im else {"name": "general"}
    return {"id": channel, "is_im": is_im, "is_channel": not is_im, **user}
