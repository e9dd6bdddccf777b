"""The outlook: what happens to a server by itself, as its owner reads it."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History, Notice, NoticeKind
from provisioning.idle.outlook import Fate, Outlook, outlook

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # a Wednesday, after work
HOUR = timedelta(hours=1)
POLICY = IdlePolicy(after=HOUR, grace=timedelta(minutes=15), retention=timedelta(days=30))
HOURS = POLICY.of_server("weekdays 9-18", None)


def running(**changes):
    return History(started_at=NOW - 5 * HOUR, zone="UTC", **changes)


def stopped(**changes):
    return running(stopped_at=NOW - 48 * HOUR, **changes)


TOMORROW_9 = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TOMORROW_18 = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
NOTICE = Notice(NoticeKind.IDLE, NOW + HOUR / 4, NOW)


@pytest.mark.parametrize(
    ("history", "policy", "expected"),
    [
        (running(), POLICY, None),
        (running(idle_since=NOW), POLICY, Outlook(Fate.UNUSED, NOW + 1.25 * HOUR)),
        (running(idle_since=NOW - 9 * HOUR), POLICY, Outlook(Fate.UNUSED, NOW)),
        (running(idle_since=NOW), IdlePolicy(after=timedelta(0)), None),
        (running(idle_since=NOW, notice=NOTICE), POLICY, Outlook(Fate.WARNED, NOTICE.deadline)),
        (running(idle_since=NOW, keep_until=NOW + HOUR), POLICY, Outlook(Fate.KEPT, NOW + HOUR)),
        (
            running(idle_since=NOW, keep_until=NOW - HOUR),
            POLICY,
            Outlook(Fate.UNUSED, NOW + 1.25 * HOUR),
        ),
        (running(finish_by=NOW + HOUR), POLICY, Outlook(Fate.FINISHED, NOW + HOUR)),
        (running(), IdlePolicy(lifetime=6 * HOUR), Outlook(Fate.LIFETIME, NOW + HOUR)),
        (
            running(keep_until=NOW + 9 * HOUR),
            IdlePolicy(lifetime=6 * HOUR),
            Outlook(Fate.LIFETIME, NOW + HOUR),
        ),
        (running(), HOURS, Outlook(Fate.HOURS_END, TOMORROW_18)),
        (running(idle_since=NOW), HOURS, Outlook(Fate.UNUSED, NOW + 1.25 * HOUR)),
        (stopped(), POLICY, Outlook(Fate.DELETED, NOW + timedelta(days=28))),
        (
            stopped(keep_until=NOW + timedelta(days=60)),
            POLICY,
            Outlook(Fate.DELETED, NOW + timedelta(days=60)),
        ),
        (stopped(), HOURS, Outlook(Fate.HOURS_BEGIN, TOMORROW_9)),
        (stopped(), IdlePolicy(retention=timedelta(0)), None),
    ],
)
def test_the_outlook_names_the_next_event(history, policy, expected):
    assert outlook(history, policy, NOW) == expected


def test_hours_begin_and_end_by_the_owners_clock():
    hours = WorkingHours.parse("weekdays 9-18")
    assert hours.next_begin(NOW, "Asia/Seoul") == datetime(2026, 11, 26, 0, 0, tzinfo=UTC)
    assert hours.next_end(NOW, "Asia/Seoul") == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert WorkingHours.parse("").next_begin(NOW, "UTC") is None
    assert WorkingHours.parse("").next_end(NOW, "UTC") is None
