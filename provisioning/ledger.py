"""When each server ran, and what that cost: read from the audit trail, which has every change
of a server's state in the transaction that made it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from provisioning.model import Event, Server

_BEGINS = frozenset({"create", "start", "adopt", "undo"})
"""A machine costs from the moment on in which it is asked for; Azure bills from a little later."""
_ENDS = frozenset({"stopped", "deleted", "failed"})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Run:
    """A time for which a server had hardware; `ended_at` is None while it has."""

    server_id: str
    started_at: datetime
    ended_at: datetime | None = None

    def time(self, since: datetime, until: datetime) -> timedelta:
        """How much of it lies between the two."""
        end = min(self.ended_at or until, until)
        return max(end - max(self.started_at, since), timedelta(0))


@dataclass(frozen=True)
class Bill:
    """One server between two moments: the time it ran and the time it was stopped, and in US
    dollars what it cost and what the stops saved (without disk and address, which go on)."""

    server: Server
    ran: timedelta
    stopped: timedelta
    cost: Decimal
    saved: Decimal


def runs(events: Iterable[Event]) -> Sequence[Run]:
    """The runs of all servers in the events, oldest first in each; events in any order."""
    found: list[Run] = []
    running: dict[str, datetime] = {}
    for event in sorted(events, key=lambda each: each.at):
        server_id = event.server_id
        if server_id is None:
            continue
        if event.action in _BEGINS:
            running.setdefault(server_id, event.at)
        elif event.action in _ENDS and server_id in running:
            found.append(Run(server_id, running.pop(server_id), event.at))
    found += [Run(server_id, since) for server_id, since in running.items()]
    return sorted(found, key=lambda run: run.started_at)


def bill(server: Server, its_runs: Iterable[Run], since: datetime, until: datetime) -> Bill:
    """What a server cost between two moments, and what it would have cost more without stops."""
    ran = sum(
        (run.time(since, until) for run in its_runs if run.server_id == server.id), timedelta(0)
    )
    lived_until = min(server.ended_at or until, until)
    lived = max(lived_until - max(server.created_at, since), timedelta(0))
    stopped = max(lived - ran, timedelta(0))
    price = server.price_per_hour or Decimal(0)
    return Bill(server, ran, stopped, _cost(price, ran), _cost(price, stopped))


def _cost(price: Decimal, time: timedelta) -> Decimal:
    return (price * Decimal(time / _HOUR)).quantize(Decimal("0.01"))
