"""OnCalendar= of timers: the next moment of a systemd calendar expression (in UTC)."""

import re
from datetime import UTC, datetime, timedelta

_SHORT = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "yearly": "*-01-01 00:00:00",
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = timedelta(days=366 * 5)


def next_elapse(expression: str, after: datetime) -> datetime:
    """Return the first moment later than `after`. Raise ValueError for an unreadable expression."""
    weekdays, years, months, days, hours, minutes, seconds = _parse(expression)
    moment = after.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    day = moment.replace(hour=0, minute=0, second=0)
    while day - moment < _LONGEST:
        if (
            day.weekday() in weekdays
            and day.month in months
            and day.day in days
            and (years is None or day.year in years)
        ):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    for second in sorted(seconds):
                        found = day.replace(hour=hour, minute=minute, second=second)
                        if found >= moment:
                            return found
        day += timedelta(days=1)
    raise ValueError(f"Calendar expression never elapses: {expression}")


def _parse(
    expression: str,
) -> tuple[set[int], set[int] | None, set[int], set[int], set[int], set[int], set[int]]:
    words = _SHORT.get(expression.strip(), expression).removesuffix(" UTC").split()
    weekdays = set(range(7))
    if words and words[0][:3].lower() in _DAYS:
        weekdays = _weekdays(words.pop(0))
    date = words.pop(0) if words and "-" in words[0] else "*-*-*"
    clock = words.pop(0) if words else "00:00:00"
    if words or not re.fullmatch(r"[-*\d,./:\s]+", date + clock):
        raise ValueError(f"Failed to parse calendar specification: {expression}")
    parts = date.split("-")
    year, month, day = parts if len(parts) == 3 else ("*", *parts)
    times = clock.split(":")
    hour, minute, second = times if len(times) == 3 else (*times, "00")
    return (
        weekdays,
        None if year == "*" else _numbers(year, 1970, 2200),
        _numbers(month, 1, 12),
        _numbers(day, 1, 31),
        _numbers(hour, 0, 23),
        _numbers(minute, 0, 59),
        _numbers(second, 0, 59),
    )


def _weekdays(text: str) -> set[int]:
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("..")
        start, end = _weekday(first), _weekday(last or first)
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return found


def _weekday(name: str) -> int:
    return _DAYS.index(name[:3].lower())


def _numbers(text: str, lowest: int, highest: int) -> set[int]:
    found = set()
    for part in text.split(","):
        what, _, step = part.partition("/")
        if what == "*":
            first, last = lowest, highest
        else:
            start, dots, end = what.partition("..")
            first = int(start)
            last = int(end) if dots else (highest if step else first)
        found |= set(range(first, last + 1, int(step or 1)))
    if not found or min(found) < lowest or max(found) > highest:
        raise ValueError(f"Failed to parse calendar specification: {text}")
    return found
