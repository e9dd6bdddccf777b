"""Periods in which a server had hardware, with its owner and price, read from the audit trail.

The audit trail has every change of a server, written in the transaction of the change. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from provisioning.core.model.events import CLEANUP
from provisioning.core.model.server import Job, Status

_AS_BEFORE = frozenset({Status.STOPPING, Status.RESIZING, Status.DELETING})
"""States on the way to another one: the server keeps its hardware until it arrives."""
_OFF = frozenset({Status.STOPPED, Status.MISSING})
_BEGINS = frozenset({"create", "start", "adopt"})
_ENDS = frozenset({"deleted", "failed"})
TELLING_ACTIONS = frozenset({*_BEGINS, *_ENDS, "stopped"})
"""Actions that tell a server's state in lines of older versions, which have no status."""


@dataclass(frozen=True)
class Change:
    """A line of the audit trail about a server, with the server as it was right after it.

    `price_per_hour` is in US dollars, None if unknown; `disk_price` is the disk's price a month. In
    lines of older versions `status` is None, and `owner`, `size` and the prices are the server's
    present ones.
    """

    server_id: str
    at: datetime
    actor: str
    action: str
    status: Status | None
    owner: str
    size: str
    price_per_hour: Decimal | None
    disk_price: Decimal | None = None


@dataclass(frozen=True)
class Period:
    """A time in which neither a server's cost nor its owner changed.

    `is_on`: the server had hardware. It counts from the request; Azure bills from a little later.
    `by_cleanup`: the scheduled cleanup had stopped the server. `ended_at` is None while the period
    lasts.
    """

    server_id: str
    owner: str
    size: str
    price_per_hour: Decimal | None
    is_on: bool
    by_cleanup: bool
    started_at: datetime
    ended_at: datetime | None = None
    disk_price: Decimal | None = None

    def time(self, since: datetime, until: datetime) -> timedelta:
        """Return how much of the period lies between two moments."""
        end = min(self.ended_at or until, until)
        return max(end - max(self.started_at, since), timedelta(0))


def periods(changes: Iterable[Change]) -> Sequence[Period]:
    """Return the periods of all servers in the changes, each server's oldest first.

    Changes of one moment must be in the order in which they were written.
    """
    by_server = sorted(changes, key=lambda each: (each.server_id, each.at))
    found: list[Period] = []
    for _, its_changes in groupby(by_server, key=lambda each: each.server_id):
        found += _of_one(its_changes)
    return found


def _of_one(changes: Iterable[Change]) -> Sequence[Period]:
    found: list[Period] = []
    current: Period | None = None
    swept = False
    for change in changes:
        if change.action == Job.STOP:
            swept = change.actor == CLEANUP
        following = _period(change, current, swept)
        if current is not None and following is not None and _is_same(current, following):
            continue
        if current is not None and change.at > current.started_at:
            found.append(replace(current, ended_at=change.at))
        current = following
    return found if current is None else [*found, current]


def _period(change: Change, before: Period | None, swept: bool) -> Period | None:
    is_on = _is_on(change, None if before is None else before.is_on)
    if is_on is None:
        return None
    return Period(
        change.server_id,
        change.owner,
        change.size,
        change.price_per_hour,
        is_on,
        not is_on and swept,
        change.at,
        disk_price=change.disk_price,
    )


def _is_on(change: Change, before: bool | None) -> bool | None:
    """Return whether the server has hardware after the change; None: it no longer exists."""
    status = change.status
    if status is None:
        return _by_action(change.action, before)
    if not status.is_live:
        return None
    if status in _AS_BEFORE:
        return before
    return status not in _OFF


def _by_action(action: str, before: bool | None) -> bool | None:
    if action in _BEGINS:
        return True
    if action in _ENDS:
        return None
    return before and action != "stopped" if before is not None else None


def _is_same(one: Period, other: Period) -> bool:
    return replace(other, started_at=one.started_at) == one
