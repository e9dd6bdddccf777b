"""Times of day in a member's own time zone. Pure.

Wall-clock times are compared on the member's clock, so that "9-18" holds over a change to or from
summer time. Moments are compared in UTC.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHAPE = re.compile(
    r"(?P<days>[a-z]+(?:-[a-z]+)?)\s+(?P<start>\d{1,2}(?::\d\d)?)\s*-\s*(?P<end>\d{1,2}(?::\d\d)?)"
)


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name, or UTC for an unknown one."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class WorkingHours:
    """Days of the week (0 is Monday) from `start` to before `end`, on a wall clock.

    An `end` of midnight is the end of the day.
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
        """Read "mon-fri 9-18", "weekdays 8:30-17" or "daily 9-18"; "" is no hours at all.

        Raises:
            ValueError: with the part that is not understood.
        """
        plain = text.strip().lower()
        if not plain:
            return cls(frozenset(), time(0), time(0))
        found = _SHAPE.fullmatch(plain)
        if found is None:
            raise ValueError(f"{text!r} is not like `mon-fri 9-18`")
        start, end = _time(found["start"]), _time(found["end"])
        if end != time(0) and end <= start:
            raise ValueError(f"{text!r} ends before it starts")
        return cls(_days(found["days"]), start, end, plain)

    def contain(self, moment: datetime, zone: str) -> bool:
        """Return whether a moment is within the hours, in the time zone `zone`."""
        local = moment.astimezone(zone_of(zone))
        clock = local.time().replace(tzinfo=None)
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
        last = timedelta(days=1) if self.end == time(0) else timedelta(0)
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
    first, _, last = text.partition("-")
    if first[:3] not in DAYS or (last and last[:3] not in DAYS):
        raise ValueError(f"{text!r} names no days; use {', '.join(DAYS)}, weekdays or daily")
    begin = DAYS.index(first[:3])
    length = (DAYS.index(last[:3]) - begin) % 7 if last else 0
    return frozenset((begin + number) % 7 for number in range(length + 1))


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return (
        time(0) if int(hour) == 24 and not int(minute or 0) else time(int(hour), int(minute or 0))
    )
