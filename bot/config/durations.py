"""Durations as admins write them in settings: `90s`, `30m`, `4h`, `1h30m`, `7d`."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.config.names import fields_of, is_section

_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_LARGEST_FIRST = "".join(rf"(?:(\d{{1,6}}){unit})?" for unit in _SECONDS)
_DURATION = re.compile(_LARGEST_FIRST, re.IGNORECASE)


def duration_in(text: str) -> timedelta | None:
    """Return the duration of a text such as `1h30m` or `0`; None for any other text."""
    plain = text.replace(" ", "")
    if plain == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(plain)
    if not plain or found is None:
        return None
    seconds = zip(found.groups(), _SECONDS.values(), strict=True)
    return timedelta(seconds=sum(int(count or 0) * each for count, each in seconds))


def as_written(duration: timedelta) -> str:
    """Return a duration as `duration_in` reads it: `24h`, `3d`, `1h30m`, `0`."""
    left, parts = round(duration.total_seconds()), []
    for unit, seconds in _SECONDS.items():
        if unit == "d" and left < 2 * seconds:
            continue  # people say 24 or 36 hours
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def with_durations(section: type, tree: Any) -> Any:
    """Return a section's raw values with durations such as `4h` read."""
    if not isinstance(tree, Mapping):
        return tree
    values = dict(tree)
    for name, kind in fields_of(section).items():
        value = values.get(name)
        if is_section(kind):
            values |= {name: with_durations(kind, value)} if name in values else {}
        elif kind is timedelta and isinstance(value, str):
            values[name] = value if (read := duration_in(value)) is None else read
    return values
