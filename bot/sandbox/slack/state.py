"""Messages, open modals and Home tabs: everything that people see.

Messages and Home tabs are kept in a journal. Modals are lost at a restart, as at a reload in Slack.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.sandbox.slack.journal import Entry, Journal
from bot.sandbox.slack.people import DMS, GENERAL, GROUP_MEMBERS, PEOPLE
from bot.sandbox.slack.streams import Streams

Message = dict[str, Any]
View = dict[str, Any]


class Workspace:
    """Everything that people can see, and the streams that announce a change."""

    def __init__(self, folder: Path) -> None:
        self._messages: dict[str, dict[str, Message]] = {channel: {} for channel in (GENERAL, *DMS)}
        self.homes: dict[str, View] = {}
        self.deactivated: set[str] = set()
        self.group: set[str] = set(GROUP_MEMBERS)
        self.views: defaultdict[str, list[View]] = defaultdict(list)
        self.streams = Streams()
        self._last_ts = 0
        self._journal = Journal(folder / "journal.jsonl")
        for kind, value in self._journal.read():
            self._replay(kind, value)
        self._journal.rewrite(self._entries())

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def next_ts(self) -> str:
        """Return a timestamp that no other message has; timestamps only go up."""
        self._last_ts = max(self._last_ts + 1, int(time.time() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def has_channel(self, channel: str) -> bool:
        """Return whether the channel exists."""
        return channel in self._messages

    def add(self, channel: str, **fields: Any) -> Message:
        """Add a message; `to` is the only person who sees an ephemeral one."""
        message: Message = {
            "channel": channel,
            "ts": self.next_ts(),
            "text": "",
            "blocks": [],
            "attachments": [],
            "ephemeral": False,
            "to": None,
            "edits": 0,
            "files": [],
            "reactions": [],
            "user": "",
            "bot": False,
            "deleted": False,
            "thread_ts": None,
            "metadata": None,
            **fields,
        }
        self._messages[channel][message["ts"]] = message
        self._changed(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """Return a message that has not been deleted."""
        message = self._messages.get(channel, {}).get(ts)
        return None if message is None or message["deleted"] else message

    def edit(self, message: Message, **fields: Any) -> None:
        """Change a message; people see that it was edited."""
        message.update(fields, edits=message["edits"] + 1)
        self._changed(message)

    def react(self, message: Message, name: str) -> None:
        """Add a reaction of the app."""
        message["reactions"].append(name)
        self._changed(message)

    def delete(self, message: Message) -> None:
        """Delete a message and its content for all people."""
        message.update(deleted=True, text="", blocks=[], attachments=[], files=[])
        self._changed(message)

    def history(self, channel: str) -> Iterator[Message]:
        """Return the messages that the app can read, newest first: no ephemeral ones."""
        for message in reversed(self._messages[channel].values()):
            if not (message["ephemeral"] or message["deleted"]):
                yield message

    def visible(self, user: str) -> list[Message]:
        """Return all that a person can see, oldest first."""
        found = [
            message
            for channel in (GENERAL, PEOPLE[user].dm)
            for message in self._messages[channel].values()
            if not message["deleted"] and message["to"] in (None, user)
        ]
        return sorted(found, key=lambda message: str(message["ts"]))

    def set_home(self, user: str, view: View) -> None:
        """Publish a Home tab."""
        self.homes[user] = view
        self._journal.append("home", {"user": user, "view": view})
        self.streams.tell(user, "home")

    def open_view(self, user: str) -> View | None:
        """Return the modal on top, if one is open."""
        return self.views[user][-1] if self.views[user] else None

    def find_view(self, field: str, value: str) -> tuple[str, int] | None:
        """Return the person with a modal of that `id` or `external_id`, and the modal's depth."""
        for user, stack in self.views.items():
            for depth, view in enumerate(stack):
                if view.get(field) == value:
                    return user, depth
        return None

    def _changed(self, message: Message) -> None:
        self._journal.append("message", message)
        self.streams.tell(message["to"] or DMS.get(message["channel"]), "messages")

    def _replay(self, kind: str, value: dict[str, Any]) -> None:
        if kind == "home":
            self.homes[value["user"]] = value["view"]
        elif value["channel"] in self._messages:
            self._messages[value["channel"]][value["ts"]] = value
            self._last_ts = max(self._last_ts, int(value["ts"].replace(".", "")))

    def _entries(self) -> Iterator[Entry]:
        for channel in self._messages.values():
            for message in channel.values():
                if not message["deleted"]:
                    yield "message", message
        for user, view in self.homes.items():
            yield "home", {"user": user, "view": view}
