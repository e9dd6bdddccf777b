"""Times of day in a member's own time zone. Pure.

Wall-clock times are compared on the member's clock, so that "9-18" holds over a change to or from
summer time. Moments are compared in UTC.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"\d{1,2}(?::\d\d)?\s*(?:am|pm)?"
_SHAPE = re.compile(
    rf"(?:(?P<days>[a-z]+(?:[-,][a-z]+)*)\s+)?(?P<start>{_CLOCK})\s*-\s*(?P<end>{_CLOCK})"
)
_DASH = re.compile(r"\s*(?:[-‐‑–—]|\bto\b|\buntil\b)\s*")
_NOON = 12


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name, or UTC for an unknown one."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class WorkingHours:
    """Days of the week (0 is Monday) from `start` to before `end`, on a wall clock.

    An `end` of midnight is the end of the day. An `end` before `start` is on the next day.
    """

    days: frozenset[int]
    start: time
    end: time
    text: str = field(default="", compare=False)
    """The text that the hours were read from."""

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> "WorkingHours":
        """Read "mon-fri 9-18", "mon,wed 9am-6pm", "weekdays 8:30-17" or "22-6"; "" is no hours.

        Hours without days are daily.

        Raises:
            ValueError: with the part that is not understood.
        """
        plain = re.sub(r"\s*,\s*", ",", _DASH.sub("-", text.strip().lower()))
        if not plain:
            return cls(frozenset(), time(0), time(0))
        found = _SHAPE.fullmatch(plain)
        if found is None:
            raise ValueError(f"{text!r} is not like `mon-fri 9-18`")
        start, end = _time(found["start"]), _time(found["end"])
        if end == start != time(0):
            raise ValueError(f"{text!r} ends when it starts")
        return cls(_days(found["days"] or "daily"), start, end, plain)

    @property
    def _ends_later(self) -> bool:
        """Whether the hours end on the day after they begin."""
        return self.end <= self.start

    def contain(self, moment: datetime, zone: str) -> bool:
        """Return whether a moment is within the hours, in the time zone `zone`."""
        local = moment.astimezone(zone_of(zone))
        clock = local.time().replace(tzinfo=None)
        if self.end != time(0) and self._ends_later:
            before = (local.weekday() - 1) % 7 in self.days
            return (local.weekday() in self.days and self.start <= clock) or (
                before and clock < self.end
            )
        return local.weekday() in self.days and (
            self.start <= clock and (self.end == time(0) or clock < self.end)
        )

    def latest(self, now: datetime, zone: str) -> tuple[datetime, datetime] | None:
        """Return begin and end (UTC) of the latest hours that have begun; None without hours."""
        begun = [window for window in self._around(now, zone) if window[0] <= now]
        return begun[-1] if begun else None

    def next_change(self, now: datetime, zone: str) -> datetime | None:
        """Return the next begin or end (UTC) after `now`; None without hours."""
        moments = [each for window in self._around(now, zone) for each in window if each > now]
        return min(moments, default=None)

    def next_begin(self, now: datetime, zone: str) -> datetime | None:
        """Return the next begin (UTC) after `now`; None without hours."""
        return min((begin for begin, _ in self._around(now, zone) if begin > now), default=None)

    def next_end(self, now: datetime, zone: str) -> datetime | None:
        """Return the next end (UTC) after `now`; None without hours."""
        return min((end for _, end in self._around(now, zone) if end > now), default=None)

    def _around(self, now: datetime, zone: str) -> list[tuple[datetime, datetime]]:
        """Return begin and end of each day from a week ago to a week ahead, oldest first.

        Each day is made on the member's clock, so a day of 23 or 25 hours moves no begin or end.
        """
        place = zone_of(zone)
        today = now.astimezone(place).date()
        days = (today + timedelta(days=number) for number in range(-7, 8))
        last = timedelta(days=1) if self._ends_later else timedelta(0)
        return [
            (
                datetime.combine(day, self.start, place).astimezone(UTC),
                datetime.combine(day + last, self.end, place).astimezone(UTC),
            )
            for day in days
            if day.weekday() in self.days
        ]


def tomorrow_at(hour: int, now: datetime, zone: str) -> datetime:
    """Return an hour of the member's next day, in UTC."""
    place = zone_of(zone)
    day = now.astimezone(place).date() + timedelta(days=1)
    return datetime.combine(day, time(hour), place).astimezone(UTC)


def _days(text: str) -> frozenset[int]:
    named = {"weekdays": range(5), "weekends": range(5, 7), "daily": range(7)}
    if text in named:
        return frozenset(named[text])
    if "," in text:
        return frozenset().union(*(_days(each) for each in text.split(",")))
    first, _, last = text.partition("-")
    if first[:3] not in DAYS or (last and last[:3] not in DAYS):
        raise ValueError(f"{text!r} names no days; use {', '.join(DAYS)}, weekdays or daily")
    begin = DAYS.index(first[:3])
    length = (DAYS.index(last[:3]) - begin) % 7 if last else 0
    return frozenset((begin + number) % 7 for number in range(length + 1))


def _time(text: str) -> time:
    half = text[-2:] if text.endswith(("am", "pm")) else ""
    hour, _, minute = text.removesuffix(half).strip().partition(":")
    if half:
        if not 1 <= int(hour) <= _NOON:
            raise ValueError(f"{text!r} is no time")
        return time(int(hour) % _NOON + (_NOON if half == "pm" else 0), int(minute or 0))
    return (
        time(0) if int(hour) == 24 and not int(minute or 0) else time(int(hour), int(minute or 0))
    )
