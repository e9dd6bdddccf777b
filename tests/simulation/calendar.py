"""The times at which a member uses a server, with a seed so that each run has the same month."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Use:
    """A stretch of use: a program runs (`busy`), or a member types."""

    begin: datetime
    end: datetime
    busy: bool


def calendar(seed: int, days: int) -> list[Use]:
    """Return a member's stretches of use: working days with breaks, some nights, some days off."""
    source, uses = random.Random(seed), []
    for day in range(days):
        morning = BEGIN + day * DAY + timedelta(minutes=source.randrange(7 * 60, 11 * 60))
        if (BEGIN + day * DAY).weekday() >= 5 or source.random() < 0.15:
            continue
        at = morning
        for _ in range(source.randrange(1, 6)):
            end = at + timedelta(minutes=source.randrange(5, 150))
            uses.append(Use(at, end, source.random() < 0.4))
            at = end + timedelta(minutes=source.randrange(1, 200))
        if source.random() < 0.1:  # a run over the night
            uses.append(Use(at, at + timedelta(minutes=source.randrange(300, 900)), busy=True))
    merged: list[Use] = []
    for use in uses:
        if not merged or use.begin > merged[-1].end:
            merged.append(use)
    return merged
