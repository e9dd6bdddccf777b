"""The audit trail: its lines, and the actors that are not members."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Event:
    """One line of the audit trail: actor, action, server, time and result."""

    at: datetime
    actor: str
    action: str
    server_id: str | None
    result: str
    detail: str = ""


COMMAND_LINE = "command line"
"""The actor of what an admin does with the program `notebook-bot`."""


RECONCILE = "reconcile"
"""The actor of changes that Azure had made before the bot saw them."""


ENGINE = "engine"
"""The actor of events that follow from a member's request."""


CLEANUP = "cleanup"
"""The actor of what the scheduled cleanup does."""


def is_member(actor: str) -> bool:
    """Return whether the actor of an event is a member."""
    return actor not in (RECONCILE, ENGINE, CLEANUP)
