"""Quiet hours on a wall clock."""

from datetime import UTC, datetime, time

import pytest

from provisioning.members.settings import QuietHours

NIGHT = QuietHours(time(22), time(8))
LUNCH = QuietHours(time(12), time(13, 30))


@pytest.mark.parametrize(
    ("hours", "moment", "zone", "end"),
    [
        (NIGHT, "2026-11-26 21:59", "UTC", None),
        (NIGHT, "2026-11-26 22:00", "UTC", "2026-11-27 08:00"),
        (NIGHT, "2026-11-27 07:59", "UTC", "2026-11-27 08:00"),
        (NIGHT, "2026-11-27 08:00", "UTC", None),
        (LUNCH, "2026-11-26 12:00", "UTC", "2026-11-26 13:30"),
        (LUNCH, "2026-11-26 13:30", "UTC", None),
        (NIGHT, "2026-11-26 14:00", "Asia/Seoul", "2026-11-26 23:00"),
        (NIGHT, "2026-11-26 12:00", "Asia/Seoul", None),
        # The night in which Madrid's clocks go back is an hour longer.
        (NIGHT, "2026-10-24 21:00", "Europe/Madrid", "2026-10-25 07:00"),
        (NIGHT, "2026-11-26 23:00", "no zone at all", "2026-11-27 08:00"),
    ],
)
def test_quiet_hours_end_by_the_members_clock(hours, moment, zone, end):
    def at(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert hours.end(at(moment), zone) == (end and at(end))
