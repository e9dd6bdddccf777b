"""What a member does in chat: a typed command or a click."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InteractionKind(StrEnum):
    """The kinds of interactions."""

    COMMAND = "command"
    CLICK = "click"


@dataclass(frozen=True)
class Interaction:
    """A command or a click, with what the bot needs to answer after a crash.

    `key` is Slack's trigger id, the same in each delivery. `content` is the typed text of a
    command, or the JSON text of a click without its message: a card may show a password.
    """

    key: str
    kind: InteractionKind
    member: str
    content: str
    received_at: datetime
