"""Durations and times as members type them. Pure; `now` and the member's zone are arguments."""

import re
from datetime import UTC, date, datetime, time, timedelta

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.hours import DAYS, zone_of

_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,4})\s*(min|m|h|d|w)")
_CLOCK = re.compile(r"(\d{1,2}):?(\d\d)?")
_MORNING = time(9)


def parse_duration(text: str) -> timedelta:
    """Return the duration of "90m", "4h" or "2d".

    Raises:
        UserError: if the text is no duration, with examples.
    """
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None or int(found[1]) == 0:
        raise UserError(_("I don't understand that duration. Type it like `30m`, `4h` or `2d`."))
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def as_typed(time: timedelta) -> str:
    """Return whole minutes as `parse_duration` reads them: "90m", "4h"."""
    minutes = round(time / timedelta(minutes=1))
    return f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"


def parse_moment(text: str, now: datetime, zone: str) -> datetime:
    """Return the moment in UTC that a member in `zone` has typed.

    The forms are "18:00" (the next one), "tomorrow", "tomorrow 9:00", "fri 12:00" and
    "2026-11-27 18:00". A day without a time means 9:00 of that day.

    Raises:
        UserError: if the text has none of these forms, with examples.
    """
    place = zone_of(zone)
    local = now.astimezone(place)
    words = text.strip().lower().split()
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


def _day(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
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
    try:
        return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        return None
