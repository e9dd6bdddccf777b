"""Decisions across time zones, changes of clocks, and clocks that jump."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from provisioning.core.model.hours import WorkingHours, tomorrow_at
from provisioning.idle.history import History, observe
from provisioning.idle.rules import Keep, Warn, decide
from tests.unit.idle.cases import (
    DAY,
    HOUR,
    IDLE,
    MINUTE,
    POLICY,
    SECOND,
    START,
    warned,
    watched,
)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ("2026-11-23T08:59:59+01:00", "Europe/Berlin", False),
        ("2026-11-23T09:00:00+01:00", "Europe/Berlin", True),
        ("2026-11-23T17:59:59+01:00", "Europe/Berlin", True),
        ("2026-11-23T18:00:00+01:00", "Europe/Berlin", False),
        ("2026-11-28T12:00:00+01:00", "Europe/Berlin", False),
        # The same moment of the day by UTC, before and after summer time ends.
        ("2026-10-23T07:30:00+00:00", "Europe/Berlin", True),
        ("2026-10-26T07:30:00+00:00", "Europe/Berlin", False),
        ("2026-11-23T14:00:00+00:00", "America/New_York", True),
        ("2026-11-23T09:00:00+00:00", "no such zone", True),
    ],
)
def test_working_hours_are_those_of_the_owners_clock(local, zone, expected):
    moment = datetime.fromisoformat(local)
    assert WorkingHours.parse("mon-fri 9-18").contain(moment, zone) is expected
    wanted = 2 * HOUR if expected else HOUR
    assert POLICY.idle_after(moment, zone) == wanted


@pytest.mark.parametrize(
    ("now", "zone", "hours"),
    [
        ("2026-10-24T20:00:00+02:00", "Europe/Berlin", 14),  # the night has 25 hours
        ("2026-03-28T20:00:00+01:00", "Europe/Berlin", 12),  # and this one 23
        ("2026-11-23T20:00:00+01:00", "Europe/Berlin", 13),
    ],
)
def test_tomorrow_at_nine_is_nine_on_the_owners_clock(now, zone, hours):
    moment = datetime.fromisoformat(now)
    assert tomorrow_at(9, moment, zone) - moment == hours * HOUR


@pytest.mark.parametrize(
    ("text", "within", "outside"),
    [
        ("Mon–Fri 9am–6pm", "2026-11-23T17:59", "2026-11-23T18:00"),
        ("mon, wed,fri 9 - 12", "2026-11-25T09:00", "2026-11-24T09:00"),
        ("weekdays 8:30am to 5pm", "2026-11-23T08:30", "2026-11-22T12:00"),
        ("9-18", "2026-11-22T12:00", "2026-11-22T18:00"),
        ("22-6", "2026-11-23T05:59", "2026-11-23T06:00"),
        ("fri 22-6", "2026-11-28T05:00", "2026-11-27T05:00"),
        ("mon-fri 18-9", "2026-11-28T08:00", "2026-11-28T18:00"),
        ("daily 12pm-12am", "2026-11-23T23:59", "2026-11-23T11:59"),
    ],
)
def test_hours_are_read_as_people_write_them(text, within, outside):
    hours = WorkingHours.parse(text)
    inside, after = (datetime.fromisoformat(f"{each}+00:00") for each in (within, outside))
    assert hours.contain(inside, "UTC")
    assert not hours.contain(after, "UTC")
    begin, end = hours.latest(inside, "UTC")
    assert begin <= inside < end
    assert hours.next_end(inside, "UTC") == end


@pytest.mark.parametrize(
    "text", ["mon 9", "foo 9-18", "mon 25-26", "9-9", "mon 13pm-14", "mon,foo 9-18", "9--18"]
)
def test_invalid_working_hours_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        WorkingHours.parse(text)


def test_setting_the_clock_back_stops_no_server_and_loses_idle_time_only_briefly():
    history, _ = watched(IDLE, START, START + 50 * MINUTE)
    back = START - 5 * HOUR
    history = observe(history, IDLE, back)
    assert decide(IDLE, history, POLICY, back) == Keep("in use lately", back + HOUR)
    _, decision = watched(IDLE, back, back + HOUR, history=history)
    assert decision == Warn(
        "idle", warned(deadline=back + 75 * MINUTE, made_at=back + HOUR, told=False)
    )


def test_a_warning_from_a_clock_ahead_is_repeated_after_the_clock_is_corrected():
    ahead = START + 9 * DAY
    history = History(
        started_at=START,
        seen_at=ahead,
        idle_since=ahead,
        notice=warned(deadline=ahead + 15 * MINUTE, made_at=ahead),
    )
    history = observe(history, IDLE, START + HOUR)
    assert history.notice is None
    _, decision = watched(IDLE, START + HOUR, START + 2 * HOUR, history=history)
    assert decision.notice.deadline == START + 135 * MINUTE


def test_a_clock_that_jumps_past_the_deadline_stops_no_server_without_a_new_warning():
    history, _ = watched(IDLE, START, START + HOUR)
    ahead = START + 9 * HOUR
    history = observe(replace(history, notice=warned()), IDLE, ahead)
    assert decide(IDLE, history, POLICY, ahead) == Keep("in use lately", ahead + HOUR)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # The end of summer time in Berlin: 2:00-3:00 comes twice.
        ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T02:30:00+00:00"),
        ("2026-03-29T00:59:59+00:00", "2026-03-29T01:59:59+00:00"),
    ],
)
def test_idle_time_is_elapsed_time_even_if_the_clock_is_changed(now, due):
    since, due = datetime.fromisoformat(now), datetime.fromisoformat(due)
    history = History(started_at=since, seen_at=due, idle_since=since, zone="Europe/Berlin")
    assert decide(IDLE, history, POLICY, due - SECOND).rule == "in use lately"
    assert isinstance(decide(IDLE, history, POLICY, due), Warn)


@pytest.mark.parametrize(("left", "expected"), [(SECOND, "kept"), (timedelta(0), "retention")])
def test_a_stopped_server_is_kept_until_the_end_of_keep_to_the_second(left, expected):
    now = START + 30 * DAY
    history = History(started_at=START - DAY, stopped_at=START, keep_until=now + left)
    assert decide(IDLE, history, POLICY, now).rule == expected


def test_a_clock_that_jumps_ahead_stops_no_server_that_no_probe_found_idle():
    history, _ = watched(IDLE, START, START + 10 * MINUTE)
    ahead = START + 9 * DAY
    history = observe(history, IDLE, ahead)
    assert decide(IDLE, history, POLICY, ahead) == Keep("in use lately", ahead + HOUR)
