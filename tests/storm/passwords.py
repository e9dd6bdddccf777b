"""The one-time passwords that members' DMs show now."""

import re
from dataclasses import dataclass
from typing import Any

_SHOWN = re.compile(r"`(https://[^`]+)`\nOne-time password: `([^`]+)`")


@dataclass(frozen=True)
class Shown:
    """An address and a one-time password in a DM."""

    url: str
    password: str
    ts: str


def shown_passwords(messages: list[dict[str, Any]], channel: str) -> list[Shown]:
    """Return what the lasting messages of a DM show, oldest first."""
    found = []
    for message in messages:
        match = _SHOWN.search(message["text"] or "")
        if match and message["channel"] == channel and not message["deleted"]:
            found.append(Shown(match[1], match[2], message["ts"]))
    return found


def dm_of(user: str) -> str:
    """Return the channel of a member's DM with the bot."""
    return f"D_{user.removeprefix('U_')}"
