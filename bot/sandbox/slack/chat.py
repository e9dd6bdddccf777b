"""chat.* and reactions.add: the app posts, changes and deletes messages."""

from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.blocks import message_content
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import LONGEST_UPDATE
from bot.sandbox.slack.state import Message, Workspace
from bot.sandbox.slack.web_api import Arguments, Method, required


class Chat:
    """The methods over the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Method]:
        """Return the methods by name."""
        return {
            "chat.delete": self._delete,
            "chat.getPermalink": self._permalink,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "reactions.add": self._react,
        }

    def _post(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        channel = find_channel(self._workspace, arguments)
        message = self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            thread_ts=arguments.get("thread_ts"),
            metadata=_metadata(arguments),
            **message_content(arguments),
        )
        return {"channel": channel, "ts": message["ts"], "message": api_message(message)}

    def _post_ephemeral(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        channel = find_channel(self._workspace, arguments)
        user = str(required(arguments, "user", "user_not_in_channel"))
        if user not in people.members(channel):
            raise ApiError("user_not_in_channel")
        message = self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            ephemeral=True,
            to=user,
            thread_ts=arguments.get("thread_ts"),
            **message_content(arguments),
        )
        return {"message_ts": message["ts"]}

    def _update(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        """Change a message; fields that the request leaves out stay as they were."""
        message = self._own_message(arguments, "ts", "cant_update_message")
        kept = {name: message[name] for name in ("text", "blocks", "attachments")}
        given = {name: arguments[name] for name in kept if arguments.get(name) is not None}
        if not given:
            raise ApiError("no_text")
        content = message_content(kept | given, LONGEST_UPDATE)
        metadata = _metadata(arguments) or message["metadata"]
        self._workspace.edit(message, **content, metadata=metadata)
        return {
            "channel": message["channel"],
            "ts": message["ts"],
            "text": message["text"],
            "message": api_message(message),
        }

    def _delete(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        message = self._own_message(arguments, "ts", "cant_delete_message")
        self._workspace.delete(message)
        return {"channel": message["channel"], "ts": message["ts"]}

    def _permalink(self, request: web.Request, arguments: Arguments) -> dict[str, Any]:
        message = self._message(arguments, "message_ts")
        number = message["ts"].replace(".", "")
        link = f"{request.url.origin()}/archives/{message['channel']}/p{number}"
        return {"channel": message["channel"], "permalink": link}

    def _react(self, _request: web.Request, arguments: Arguments) -> dict[str, Any]:
        message = self._message(arguments, "timestamp")
        name = str(required(arguments, "name", "invalid_name")).strip(":")
        if name in message["reactions"]:
            raise ApiError("already_reacted")
        self._workspace.react(message, name)
        return {}

    def _message(self, arguments: Arguments, field: str) -> Message:
        channel = find_channel(self._workspace, arguments)
        message = self._workspace.find(channel, str(arguments.get(field, "")))
        if message is None or message["ephemeral"]:  # no method reaches an ephemeral message
            raise ApiError("message_not_found")
        return message

    def _own_message(self, arguments: Arguments, field: str, error: str) -> Message:
        message = self._message(arguments, field)
        if message["user"] != people.BOT_USER:
            raise ApiError(error)
        return message


def find_channel(workspace: Workspace, arguments: Arguments) -> str:
    """Return the `channel`; a person's id means the DM with that person.

    Raise `ApiError`: channel_not_found.
    """
    channel = str(required(arguments, "channel", "channel_not_found"))
    if channel in people.PEOPLE:
        channel = people.PEOPLE[channel].dm
    if not workspace.has_channel(channel):
        raise ApiError("channel_not_found")
    return channel


def api_message(message: Message, *, with_metadata: bool = True) -> dict[str, Any]:
    """Return a message as the API shows it."""
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
    for name in ("attachments", "files", "thread_ts"):
        if message.get(name):
            shown[name] = message[name]
    if message["edits"]:
        shown["edited"] = {"user": message["user"], "ts": message["ts"]}
    if message["metadata"] and with_metadata:
        shown["metadata"] = message["metadata"]
    return shown


def _metadata(arguments: Arguments) -> dict[str, Any] | None:
    metadata = arguments.get("metadata")
    if metadata in (None, ""):
        return None
    if not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str):
        raise ApiError("invalid_metadata_schema", ["[ERROR] missing required field: event_type"])
    if not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema", ["[ERROR] missing required field: event_payload"])
    return {name: metadata[name] for name in ("event_type", "event_payload")}
