"""Hours, activity and cost of servers, by owner, server and day.

Pure. Money is in US dollars, exact, and rounded where it is shown. Days are those of one time
zone; a day on which the clock changes has 23 or 25 hours.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from provisioning.core.model.activity import Stretch, Use
from provisioning.core.model.hours import zone_of
from provisioning.usage.ledger import Period

K = TypeVar("K")

_NONE = timedelta(0)
_BILLED_HOURS = 730
"""Hours of a month by which Azure's price lists divide a price a month."""
_HOUR = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Amount:
    """Times and money of some servers.

    `on`: they had hardware. Of that time they were `busy`, `present` (in use by a person) or
    `idle`; for the rest the activity is unknown. `off`: stopped, with the disk kept.
    `cost`: of the hardware and of the disk, which costs while the server is stopped too; `disks`
    is the disk's part. `unpriced` is the part of `on` without a known price.
    `saved`: the cost that they would have had while the cleanup had them stopped.
    """

    on: timedelta = _NONE
    off: timedelta = _NONE
    busy: timedelta = _NONE
    present: timedelta = _NONE
    idle: timedelta = _NONE
    unpriced: timedelta = _NONE
    cost: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)
    disks: Decimal = Decimal(0)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.on + other.on,
            self.off + other.off,
            self.busy + other.busy,
            self.present + other.present,
            self.idle + other.idle,
            self.unpriced + other.unpriced,
            self.cost + other.cost,
            self.saved + other.saved,
            self.disks + other.disks,
        )

    @property
    def unseen(self) -> timedelta:
        """Time for which the activity is unknown."""
        return max(self.on - self.busy - self.present - self.idle, _NONE)

    @property
    def idle_share(self) -> float | None:
        """Idle part of the time with known activity; None if there is no such time."""
        seen = self.busy + self.present + self.idle
        return self.idle / seen if seen else None


@dataclass(frozen=True)
class Entry:
    """One server on one day with one owner."""

    owner: str
    server_id: str
    day: date
    amount: Amount


@dataclass(frozen=True)
class Usage:
    """Entries between two moments, in days of `zone` (an IANA name).

    `names` has the names of servers and owners by their ids. Servers that were stopped all the
    time are included.
    """

    since: datetime
    until: datetime
    zone: str
    entries: tuple[Entry, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def total(self) -> Amount:
        """Return the sum of all entries."""
        return sum((each.amount for each in self.entries), Amount())

    def by_day(self) -> Mapping[date, Amount]:
        """Return each day's amount, days without any entry included."""
        empty = {day: Amount() for day, _, _ in days_between(self.since, self.until, self.zone)}
        return empty | self._by(lambda each: each.day)

    def by_server(self) -> Mapping[str, Amount]:
        """Return each server's amount by server id, the most expensive first."""
        return _dearest_first(self._by(lambda each: each.server_id))

    def by_owner(self) -> Mapping[str, Amount]:
        """Return each owner's amount by Slack id, the most expensive first."""
        return _dearest_first(self._by(lambda each: each.owner))

    def of(self, owner: str) -> "Usage":
        """Return the usage of one owner."""
        return self._with(each for each in self.entries if each.owner == owner)

    def of_server(self, server_id: str) -> "Usage":
        """Return the usage of one server."""
        return self._with(each for each in self.entries if each.server_id == server_id)

    def between(self, first: date, last: date) -> "Usage":
        """Return the usage of the days from `first` to `last`, both included."""
        place = zone_of(self.zone)
        entries = tuple(each for each in self.entries if first <= each.day <= last)
        since = max(self.since, _midnight(first, place))
        until = min(self.until, _midnight(last + timedelta(days=1), place))
        return Usage(since, until, self.zone, entries, self.names)

    def _with(self, entries: Iterable[Entry]) -> "Usage":
        return Usage(self.since, self.until, self.zone, tuple(entries), self.names)

    def _by(self, key: Callable[[Entry], K]) -> dict[K, Amount]:
        found: dict[K, Amount] = {}
        for each in self.entries:
            found[key(each)] = found.get(key(each), Amount()) + each.amount
        return dict(sorted(found.items(), key=lambda item: str(item[0])))


def measure(
    periods: Iterable[Period],
    stretches: Iterable[Stretch],
    names: Mapping[str, str],
    zone: str,
    since: datetime,
    until: datetime,
) -> Usage:
    """Return the usage between `since` and `until`; open periods count up to `until`."""
    seen = _Seen(stretches)
    found: dict[tuple[str, str, date], Amount] = {}
    for period in periods:
        begin, end = max(period.started_at, since), min(period.ended_at or until, until)
        for day, first, last in days_between(begin, end, zone):
            key = (period.owner, period.server_id, day)
            found[key] = found.get(key, Amount()) + _amount(period, first, last, seen)
    entries = tuple(Entry(*key, amount) for key, amount in sorted(found.items()))
    return Usage(since, until, zone, entries, names)


def _amount(period: Period, first: datetime, last: datetime, seen: "_Seen") -> Amount:
    time = last - first
    price = period.price_per_hour
    disks = _cost((period.disk_price or Decimal(0)) / _BILLED_HOURS, time)
    if not period.is_on:
        saved = _cost(price, time) if period.by_cleanup and price is not None else Decimal(0)
        return Amount(off=time, saved=saved, cost=disks, disks=disks)
    return Amount(
        on=time,
        busy=seen.time(period.server_id, Use.BUSY, first, last),
        present=seen.time(period.server_id, Use.PRESENT, first, last),
        idle=seen.time(period.server_id, Use.IDLE, first, last),
        unpriced=time if price is None else _NONE,
        cost=disks + (Decimal(0) if price is None else _cost(price, time)),
        disks=disks,
    )


class _Seen:
    """Stretches by server and kind of use, to look up how much of them lies in a time."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        self._found: dict[tuple[str, Use], list[Stretch]] = {}
        for each in sorted(stretches, key=lambda each: each.until):
            self._found.setdefault((each.server_id, each.use), []).append(each)

    def time(self, server_id: str, use: Use, first: datetime, last: datetime) -> timedelta:
        """Return how much of the time the server had that use."""
        stretches = self._found.get((server_id, use), [])
        total = _NONE
        # Skip stretches that end before `first`; stop at the first that begins after `last`.
        for each in stretches[bisect_right(stretches, first, key=lambda each: each.until) :]:
            if each.since >= last:
                break
            total += min(each.until, last) - max(each.since, first)
        return total


def days_between(
    since: datetime, until: datetime, zone: str
) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield each day of the zone between two moments, with the ends of its part in UTC."""
    place = zone_of(zone)
    begin = since
    while begin < until:
        day = begin.astimezone(place).date()
        end = min(_midnight(day + timedelta(days=1), place), until)
        yield day, begin, end
        begin = end


def start_of_days(count: int, now: datetime, zone: str) -> datetime:
    """Return the midnight (UTC) at which the last `count` days begin, today included."""
    place = zone_of(zone)
    return _midnight(now.astimezone(place).date() - timedelta(days=count - 1), place)


def start_of_day(day: date, zone: str) -> datetime:
    """Return the midnight (UTC) at which a day begins."""
    return _midnight(day, zone_of(zone))


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), place).astimezone(UTC)


def _cost(price: Decimal, time: timedelta) -> Decimal:
    """Return the exact cost: a timedelta is a whole number of microseconds."""
    return price * (time // _MICROSECOND) / (_HOUR // _MICROSECOND)


def _dearest_first(amounts: Mapping[K, Amount]) -> Mapping[K, Amount]:
    ordered: Sequence[tuple[K, Amount]] = sorted(
        amounts.items(), key=lambda item: (-item[1].cost, -item[1].on)
    )
    return dict(ordered)
