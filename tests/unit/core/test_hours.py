"""Decisions by an owner's hours: each begin and end to the second, by the owner's clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History, Notice, NoticeKind, observe
from provisioning.idle.rules import Keep, Start, Stop, Warn, decide

SECOND, MINUTE, HOUR = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours"))
BERLIN = "Europe/Berlin"
USUAL = IdlePolicy(after=timedelta(0), grace=15 * MINUTE)
POLICY = USUAL.of_server("weekdays 9-18", None)
IDLE, BUSY = Activity(), Activity((Workload(WorkKind.CELL, "cell:1", "train.ipynb", 60.0, 0.9),))


def at(text: str) -> datetime:
    """Return that time of a winter week in Berlin; Monday is the 23rd of November."""
    return datetime.fromisoformat(f"2026-11-{text}+01:00").astimezone(UTC)


MONDAY = at("23T09:00:00")
END = at("23T18:00:00")


def running(now, activity=IDLE, *, idle_since=MONDAY, notice=None, **changes):
    """Return the decision for a server that has run since Monday at nine."""
    history = History(
        started_at=MONDAY, seen_at=now, idle_since=idle_since, notice=notice, zone=BERLIN
    )
    return decide(activity, replace(history, **changes), POLICY, now)


def announced(made_at=END - 15 * MINUTE, deadline=END, told=True):
    return Notice(NoticeKind.SCHEDULE, deadline, made_at, told)


@pytest.mark.parametrize(
    ("now", "notice", "expected"),
    [
        (END - 15 * MINUTE - SECOND, None, Keep("nothing applies")),
        (END - 15 * MINUTE, None, Warn("schedule", announced(told=False))),
        (
            END + 3 * HOUR,
            None,
            Warn("schedule", announced(END + 3 * HOUR, END + 195 * MINUTE, told=False)),
        ),
        (END - SECOND, announced(), Keep("warned", END)),
        (END, announced(), Stop("schedule", announced())),
        (END, announced(told=False), Keep("not told yet")),
    ],
)
def test_the_end_of_the_hours_is_announced_and_then_stops_the_server(now, notice, expected):
    assert running(now, notice=notice) == expected


def test_a_schedule_never_stops_work_and_work_withdraws_the_announcement():
    assert running(END, BUSY, idle_since=None, notice=announced()).rule == "busy"
    history = History(started_at=MONDAY, seen_at=END, notice=announced(), zone=BERLIN)
    assert observe(history, BUSY, END + MINUTE).notice is None


@pytest.mark.parametrize(("ago", "expected"), [(15 * MINUTE - SECOND, Keep), (15 * MINUTE, Stop)])
def test_a_person_who_types_at_the_end_is_not_cut_off(ago, expected):
    decision = running(END, idle_since=END - ago, notice=announced())
    assert isinstance(decision, expected)


def test_keep_goes_before_the_schedule():
    kept = running(END, notice=announced(), keep_until=END + HOUR)
    assert kept == Keep("kept", END + HOUR)


def test_a_server_started_after_the_hours_is_left_to_the_other_rules():
    evening = END + HOUR
    decision = running(evening + HOUR, idle_since=evening, started_at=evening)
    assert decision == Keep("nothing applies")


@pytest.mark.parametrize(
    ("now", "stopped_at", "expected"),
    [
        ("24T08:59:59", "23T18:00:00", Keep),
        ("24T09:00:00", "23T18:00:00", Start),
        ("24T17:59:59", "23T18:00:00", Start),  # the bot was down in the morning
        ("24T18:00:00", "23T18:00:00", Keep),
        ("24T09:00:00", "24T09:00:00", Keep),
        ("24T12:00:00", "24T11:00:00", Keep),  # an owner who stops it during its hours means it
        ("28T12:00:00", "27T18:00:00", Keep),  # a Saturday
        ("30T09:00:00", "27T18:00:00", Start),
    ],
)
def test_a_stopped_server_is_started_when_its_hours_begin(now, stopped_at, expected):
    history = History(started_at=MONDAY, stopped_at=at(stopped_at), zone=BERLIN)
    assert isinstance(decide(IDLE, history, POLICY, at(now)), expected)


@pytest.mark.parametrize(
    ("friday", "monday_begins", "monday_ends"),
    [
        ("2026-10-23T18:00:00+02:00", "2026-10-26T08:00:00+00:00", "2026-10-26T17:00:00+00:00"),
        ("2026-03-27T18:00:00+01:00", "2026-03-30T07:00:00+00:00", "2026-03-30T16:00:00+00:00"),
    ],
    ids=["the clocks went back", "the clocks went forward"],
)
def test_nine_is_nine_on_the_owners_clock_also_after_a_change_of_it(
    friday, monday_begins, monday_ends
):
    begins, ends = map(datetime.fromisoformat, (monday_begins, monday_ends))
    history = History(
        started_at=begins - 99 * HOUR, stopped_at=datetime.fromisoformat(friday), zone=BERLIN
    )
    assert isinstance(decide(IDLE, history, POLICY, begins - SECOND), Keep)
    assert isinstance(decide(IDLE, history, POLICY, begins), Start)
    hours = WorkingHours.parse("weekdays 9-18")
    assert hours.latest(begins, BERLIN) == (begins, ends)
    assert hours.next_change(begins, BERLIN) == ends
    assert hours.next_change(datetime.fromisoformat(friday), BERLIN) == begins


def test_hours_in_the_night_of_the_change_last_as_long_as_the_clock_says():
    hours = WorkingHours.parse("daily 1-4")
    back = hours.latest(datetime(2026, 10, 25, 6, tzinfo=UTC), BERLIN)
    forward = hours.latest(datetime(2026, 3, 29, 6, tzinfo=UTC), BERLIN)
    assert back[1] - back[0] == 4 * HOUR
    assert forward[1] - forward[0] == 2 * HOUR


def test_setting_the_clock_back_starts_no_server_before_its_hours():
    history = History(started_at=MONDAY, stopped_at=at("24T18:00:00"), zone=BERLIN)
    assert isinstance(decide(IDLE, history, POLICY, at("24T07:00:00")), Keep)


@pytest.mark.parametrize(
    ("chosen", "holds"),
    [(None, HOUR), (2 * HOUR, 2 * HOUR), (MINUTE, 15 * MINUTE), (90 * HOUR, 12 * HOUR)],
)
def test_an_owners_idle_time_holds_within_the_admins_bounds(chosen, holds):
    policy = IdlePolicy(after=HOUR, working_hours=WorkingHours.parse("")).of_server("", chosen)
    assert policy.idle_after(MONDAY, BERLIN) == holds
    history = History(started_at=MONDAY, seen_at=MONDAY + holds, idle_since=MONDAY)
    assert decide(IDLE, history, policy, MONDAY + holds - SECOND).rule == "in use lately"
    assert isinstance(decide(IDLE, history, policy, MONDAY + holds), Warn)
