"""Messages, open modals and Home tabs, in memory, with a journal that outlives the process.

The journal is one JSON line a change, handed to the operating system at once and never
synced: a kill of the process loses nothing, and 500 messages a second cost little.
"""

import asyncio
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, TextIO

from bot.sandbox.slack.people import DMS, GENERAL, PEOPLE

Message = dict[str, Any]
View = dict[str, Any]


class Workspace:
    """Everything that people can see."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._messages: dict[str, dict[str, Message]] = {channel: {} for channel in (GENERAL, *DMS)}
        self.homes: dict[str, View] = {}
        self.views: defaultdict[str, list[View]] = defaultdict(list)
        self._last_ts = 0
        self._streams: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        path = folder / "journal.jsonl"
        self._replay(path)
        self._journal: TextIO = path.open("w", encoding="utf-8")
        for channel in self._messages.values():
            for message in channel.values():
                self._write("message", message)
        for user, view in self.homes.items():
            self._write("home", {"user": user, "view": view})

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def next_ts(self) -> str:
        """A timestamp that no other message has; they only go up."""
        self._last_ts = max(self._last_ts + 1, int(time.time() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def has_channel(self, channel: str) -> bool:
        """Whether there is such a channel."""
        return channel in self._messages

    def add(self, channel: str, **fields: Any) -> Message:
        """A new message; `to` is the only person who sees an ephemeral one."""
        message: Message = {
            "channel": channel,
            "ts": self.next_ts(),
            "text": "",
            "blocks": [],
            "ephemeral": False,
            "to": None,
            "edits": 0,
            "files": [],
            "user": "",
            "bot": False,
            "deleted": False,
            "thread_ts": None,
            "metadata": None,
            **fields,
        }
        _name_blocks(message)
        self._messages[channel][message["ts"]] = message
        self._changed(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """A message that is still there."""
        message = self._messages.get(channel, {}).get(ts)
        return None if message is None or message["deleted"] else message

    def edit(self, message: Message, **fields: Any) -> None:
        """Change it; people see that it was edited."""
        message.update(fields, edits=message["edits"] + 1)
        _name_blocks(message)
        self._changed(message)

    def delete(self, message: Message) -> None:
        """Take it away from everybody."""
        message["deleted"] = True
        self._changed(message)

    def history(self, channel: str) -> list[Message]:
        """What the app can read of a channel: no ephemerals, newest first."""
        found = self._messages[channel].values()
        return [each for each in reversed(found) if not (each["ephemeral"] or each["deleted"])]

    def visible(self, user: str) -> list[Message]:
        """All that a person can see, oldest first."""
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
        self._write("home", {"user": user, "view": view})
        self.tell(user, "home")

    def open_view(self, user: str) -> View | None:
        """The modal on top, if one is open."""
        return self.views[user][-1] if self.views[user] else None

    def find_view(self, view_id: str) -> tuple[str, int] | None:
        """Whose modal it is, and how deep it lies."""
        for user, stack in self.views.items():
            for depth, view in enumerate(stack):
                if view["id"] == view_id:
                    return user, depth
        return None

    def subscribe(self, user: str) -> asyncio.Queue[str]:
        """A queue of what changed for a person: messages, view, home, traffic."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._streams[user].add(queue)
        return queue

    def unsubscribe(self, user: str, queue: asyncio.Queue[str]) -> None:
        """The page was closed."""
        self._streams[user].discard(queue)

    def tell(self, user: str | None, kind: str) -> None:
        """Wake the person's pages (everybody's for None); a full queue knows already."""
        for each in [user] if user else list(self._streams):
            for queue in self._streams[each]:
                if not queue.full():
                    queue.put_nowait(kind)

    def _changed(self, message: Message) -> None:
        self._write("message", message)
        only = message["to"] or DMS.get(message["channel"])
        self.tell(only, "messages")

    def _write(self, kind: str, value: dict[str, Any]) -> None:
        self._journal.write(json.dumps([kind, value]) + "\n")
        self._journal.flush()

    def _replay(self, path: Path) -> None:
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                kind, value = json.loads(line)
            except ValueError:
                continue  # the kill came in the middle of the last line
            if kind == "home":
                self.homes[value["user"]] = value["view"]
            else:
                self._messages[value["channel"]][value["ts"]] = value
                self._last_ts = max(self._last_ts, int(value["ts"].replace(".", "")))


def _name_blocks(message: Message) -> None:
    """Slack gives each block an id where the app gave none; a click tells of it."""
    for number, block in enumerate(message["blocks"]):
        block.setdefault("block_id", f"b{number}")
