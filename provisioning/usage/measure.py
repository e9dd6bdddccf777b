"""How long servers ran, what they were used for and what that cost: by owner, server and day.

Pure. Money is in US dollars, exact, and rounded where it is shown. Days are those of one time
zone: 23 or 25 hours long where its clock changes.
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
_HOUR = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Amount:
    """Of some servers in some time. `on`: they had hardware; of it they were `busy` (at work),
    `present` (a person was there) or `idle`; the rest was not seen. `off`: stopped, with a disk
    kept. `cost`: of the hardware; `unpriced` is the part of `on` whose price was not known.
    `saved`: what they would have cost while they were off since the cleanup had stopped them."""

    on: timedelta = _NONE
    off: timedelta = _NONE
    busy: timedelta = _NONE
    present: timedelta = _NONE
    idle: timedelta = _NONE
    unpriced: timedelta = _NONE
    cost: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)

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
        )

    @property
    def unseen(self) -> timedelta:
        """For how long nobody knows what they were used for."""
        return max(self.on - self.busy - self.present - self.idle, _NONE)

    @property
    def idle_share(self) -> float | None:
        """Of the time that was seen; None where nothing was."""
        seen = self.busy + self.present + self.idle
        return self.idle / seen if seen else None


@dataclass(frozen=True)
class Entry:
    """One server on one day while it was one person's."""

    owner: str
    server_id: str
    day: date
    amount: Amount


@dataclass(frozen=True)
class Usage:
    """Entries between two moments, in days of `zone` (an IANA name); `names` by the ids of
    servers and people.
    Servers that were stopped all the time are among them."""

    since: datetime
    until: datetime
    zone: str
    entries: tuple[Entry, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def total(self) -> Amount:
        """Of everything."""
        return sum((each.amount for each in self.entries), Amount())

    def by_day(self) -> Mapping[date, Amount]:
        """Of each day of the time, also of those without anything."""
        empty = {day: Amount() for day, _, _ in days_between(self.since, self.until, self.zone)}
        return empty | self._by(lambda each: each.day)

    def by_server(self) -> Mapping[str, Amount]:
        """By its id, those that cost most first."""
        return _dearest_first(self._by(lambda each: each.server_id))

    def by_owner(self) -> Mapping[str, Amount]:
        """By their Slack ids, those who cost most first."""
        return _dearest_first(self._by(lambda each: each.owner))

    def of(self, owner: str) -> "Usage":
        """That person's alone."""
        return self._with(each for each in self.entries if each.owner == owner)

    def of_server(self, server_id: str) -> "Usage":
        """That server's alone."""
        return self._with(each for each in self.entries if each.server_id == server_id)

    def between(self, first: date, last: date) -> "Usage":
        """Of these days alone, both included."""
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
    """What lies between `since` and `until`; what still lasts is counted up to `until`."""
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
    if not period.is_on:
        saved = _cost(price, time) if period.by_cleanup and price is not None else Decimal(0)
        return Amount(off=time, saved=saved)
    return Amount(
        on=time,
        busy=seen.time(period.server_id, Use.BUSY, first, last),
        present=seen.time(period.server_id, Use.PRESENT, first, last),
        idle=seen.time(period.server_id, Use.IDLE, first, last),
        unpriced=time if price is None else _NONE,
        cost=Decimal(0) if price is None else _cost(price, time),
    )


class _Seen:
    """Stretches by server and use, to look up how much of them is in a time."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        self._found: dict[tuple[str, Use], list[Stretch]] = {}
        for each in sorted(stretches, key=lambda each: each.until):
            self._found.setdefault((each.server_id, each.use), []).append(each)

    def time(self, server_id: str, use: Use, first: datetime, last: datetime) -> timedelta:
        """How much of the time it was used so."""
        stretches = self._found.get((server_id, use), [])
        total = _NONE
        # Those that end before are out, and after the first that begins later all are.
        for each in stretches[bisect_right(stretches, first, key=lambda each: each.until) :]:
            if each.since >= last:
                break
            total += min(each.until, last) - max(each.since, first)
        return total


def days_between(
    since: datetime, until: datetime, zone: str
) -> Iterator[tuple[date, datetime, datetime]]:
    """Each day of the zone that has a part between the two, and that part's ends, in UTC."""
    place = zone_of(zone)
    begin = since
    while begin < until:
        day = begin.astimezone(place).date()
        end = min(_midnight(day + timedelta(days=1), place), until)
        yield day, begin, end
        begin = end


def start_of_days(count: int, now: datetime, zone: str) -> datetime:
    """The midnight with which the last `count` days begin, today among them; in UTC."""
    place = zone_of(zone)
    return _midnight(now.astimezone(place).date() - timedelta(days=count - 1), place)


def start_of_day(day: date, zone: str) -> datetime:
    """The midnight with which that day begins, in UTC."""
    return _midnight(day, zone_of(zone))


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), place).astimezone(UTC)


def _cost(price: Decimal, time: timedelta) -> Decimal:
    """Exact: a timedelta is a whole number of microseconds."""
    return price * (time // _MICROSECOND) / (_HOUR // _MICROSECOND)


def _dearest_first(amounts: Mapping[K, Amount]) -> Mapping[K, Amount]:
    ordered: Sequence[tuple[K, Amount]] = sorted(
        amounts.items(), key=lambda item: (-item[1].cost, -item[1].on)
    )
    return dict(ordered)
