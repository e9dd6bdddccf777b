"""What a server was used for over time, from one look to the next. Pure, and its contract.

A look speaks for the time since the one before. What nobody watched (the bot was down, the
machine did not answer) is in no use.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from provisioning.activity import Activity
from provisioning.idle_history import LONGEST_GAP, History


class Use(StrEnum):
    """At work; not at work, but a person was there; neither."""

    BUSY = "busy"
    PRESENT = "present"
    IDLE = "idle"


@dataclass(frozen=True)
class Stretch:
    """A time without a change of its use."""

    server_id: str
    use: Use
    since: datetime
    until: datetime


class Uses(Protocol):
    """Where stretches are kept."""

    async def note_use(self, stretch: Stretch) -> None:
        """Keep it, joined to the one before where nothing is between. What is kept already of
        its time is not kept twice, whoever asks how often."""
        ...

    async def uses(self, server_ids: Collection[str], since: datetime) -> Sequence[Stretch]:
        """The stretches of these servers that end after `since`, oldest first in each."""
        ...

    async def forget_uses(self, before: datetime) -> None:
        """Remove what ended before."""
        ...


def use_seen(server_id: str, before: History, activity: Activity, now: datetime) -> Stretch | None:
    """What a look at `now` says of the time since the one that `before` remembers; None where
    it says nothing, or too long a time was between."""
    since = before.seen_at or before.started_at
    if activity.busy is None or not timedelta(0) < now - since <= LONGEST_GAP:
        return None
    if activity.busy:
        return Stretch(server_id, Use.BUSY, since, now)
    used = activity.last_used is not None and now - timedelta(seconds=activity.last_used) > since
    return Stretch(server_id, Use.PRESENT if used else Use.IDLE, since, now)
