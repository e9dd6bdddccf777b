"""Durations and times as members type them. Pure; `now` and the member's zone are arguments."""

import re
from datetime import UTC, date, datetime, time, timedelta

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.hours import DAYS, zone_of

_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "분"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "시간"), "hours"),
    **dict.fromkeys(("d", "day", "days", "일"), "days"),
    **dict.fromkeys(("w", "week", "weeks", "주"), "weeks"),
}
_PART = re.compile(r"(\d{1,4})\s*([^\W\d]+)")
_DURATION = re.compile(rf"(?:{_PART.pattern}\s*)+")
_CLOCK = re.compile(r"(\d{1,2})(?::?(\d\d))?\s*(am|pm)?시?")
_MOST_PARTS = 4
_MORNING, _NOON = time(9), 12
_FILLERS = frozenset({"at", "on", "next", "until", "till"})
_RELATIVE = {"today": 0, "오늘": 0, "tomorrow": 1, "내일": 1}


def parse_duration(text: str) -> timedelta:
    """Return the duration of "90m", "4h", "2 days" or "1h30m".

    Raises:
        UserError: if the text is no duration, with examples.
    """
    typed = text.strip().lower()
    parts = _PART.findall(typed) if _DURATION.fullmatch(typed) else []
    duration = timedelta()
    for number, unit in parts:
        if unit not in _UNITS or len(parts) > _MOST_PARTS:
            duration = timedelta()
            break
        duration += timedelta(**{_UNITS[unit]: int(number)})
    if not duration:
        raise UserError(_("I don't understand that duration. Type it like `30m`, `4h` or `2d`."))
    return duration


def as_typed(time: timedelta) -> str:
    """Return whole minutes as `parse_duration` reads them: "90m", "4h"."""
    minutes = round(time / timedelta(minutes=1))
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def parse_moment(text: str, now: datetime, zone: str) -> datetime:
    """Return the moment in UTC that a member in `zone` has typed.

    The forms are "18:00" and "6pm" (the next one), "in 2 hours", "tomorrow", "tomorrow at 9",
    "next monday", "fri 12:00" and "2026-11-27 18:00". A day without a time means 9:00 of that day.

    Raises:
        UserError: if the text has none of these forms, with examples.
    """
    place = zone_of(zone)
    local = now.astimezone(place)
    words = [word for word in _joined(text) if word not in _FILLERS]
    if words[:1] == ["in"]:
        return now + parse_duration(" ".join(words[1:]))
    day = _day(words[0], local.date()) if words else None
    clock = _clock(words[-1]) if len(words) == 2 or (words and day is None) else _MORNING
    if clock is None or len(words) not in (1, 2) or (len(words) == 2 and day is None):
        raise UserError(
            _(
                "I don't understand that time. Type it like `18:00`, `tomorrow 9:00`, "
                "`fri 12:00` or `2026-11-27 18:00`."
            )
        )
    moment = datetime.combine(day or local.date(), clock, place).astimezone(UTC)
    if day is None and moment <= now:
        moment = datetime.combine(local.date() + timedelta(days=1), clock, place).astimezone(UTC)
    return moment


def _joined(text: str) -> list[str]:
    """Return the words, with "9 am" as one word."""
    return re.sub(r"(\d)\s+(am|pm)\b", r"\1\2", text.strip().lower()).split()


def _day(word: str, today: date) -> date | None:
    if word in _RELATIVE:
        return today + timedelta(days=_RELATIVE[word])
    if word[:3] in DAYS and word.isalpha():
        ahead = (DAYS.index(word[:3]) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    try:
        day = date.fromisoformat(word)
    except ValueError:
        return None
    # Not the first or last year of the calendar: a zone's offset would lead beyond it.
    return day if date.min.year < day.year < date.max.year else None


def _clock(word: str) -> time | None:
    found = _CLOCK.fullmatch(word)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= _NOON:
        return None
    if half:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None
