"""The decision for each way of using a server, each boundary to the second."""

from dataclasses import replace
from datetime import timedelta

import pytest

from provisioning.core.model.activity import WorkKind, unknown_activity
from provisioning.idle import rules
from provisioning.idle.history import LONGEST_GAP, History, Notice, NoticeKind, Refusal, observe
from provisioning.idle.rules import (
    Keep,
    NotifyAdmins,
    Stop,
    Warn,
    decide,
)
from tests.unit.idle.cases import (
    DAY,
    HOUR,
    IDLE,
    MINUTE,
    POLICY,
    SECOND,
    START,
    at_work,
    idle_for,
    used,
    warned,
    watched,
)

# -- each row of the facts about how people use a machine


@pytest.mark.parametrize(
    ("row", "activity", "kept"),
    [
        ("silent long cell, browser closed", at_work(cpu=0.9, last_used=90_000), True),
        ("silent long cell that waits for a network", at_work(cpu=0.0, last_used=90_000), True),
        ("printing cell", at_work(cpu=0.1, last_used=0.2), True),
        ("thread after the cell ended", at_work(WorkKind.KERNEL, 0.9, "process:7"), True),
        ("child process after the cell", at_work(WorkKind.KERNEL, 0.0, "process:8"), True),
        ("nohup job", at_work(WorkKind.PROCESS, 0.5, "process:9"), True),
        ("silent terminal job", at_work(WorkKind.TERMINAL, 0.0, "process:10"), True),
        ("printing terminal job", at_work(WorkKind.TERMINAL, 0.0, "process:11", last_used=1), True),
        ("SSH session", at_work(WorkKind.SSH, None, "ssh:0:notebook"), True),
        ("GPU process", at_work(WorkKind.GPU, None, "gpu:12"), True),
        ("a person who types", used(timedelta(0)), True),
        ("unknown", unknown_activity("SSH does not answer"), True),
        ("visible idle tab", used(5 * HOUR, people=1), False),
        ("hidden idle tab", used(5 * HOUR, people=1), False),
        ("nothing at all", IDLE, False),
    ],
)
def test_only_an_idle_server_is_stopped(row, activity, kept):
    policy = replace(POLICY, ask_after=timedelta(0))
    history = History(started_at=START)
    ends = set()
    for minute in range(0, 5 * 60, 5):
        now = START + minute * MINUTE
        history = observe(history, activity, now)
        decision = decide(activity, history, policy, now)
        ends.add(type(decision))
        if isinstance(decision, Warn):
            history = replace(history, notice=replace(decision.notice, told=True))
    assert (Stop not in ends) is kept, row
    assert (Warn not in ends) is kept, row


# -- idle: boundaries


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (timedelta(0), Keep("in use lately", START + HOUR)),
        (HOUR - SECOND, Keep("in use lately", START + HOUR)),
        (HOUR, Warn("idle", warned(told=False))),
    ],
)
def test_the_owner_is_warned_after_the_idle_time(time, expected):
    assert idle_for(time) == expected


@pytest.mark.parametrize(
    ("time", "told", "expected"),
    [
        (75 * MINUTE - SECOND, True, Keep("warned", START + 75 * MINUTE)),
        (75 * MINUTE, True, Stop("idle", warned())),
        (75 * MINUTE, False, Keep("not told yet")),
        (75 * MINUTE + DAY - SECOND, False, Keep("not told yet")),
        (75 * MINUTE + DAY, False, Stop("idle", warned(told=False))),
    ],
)
def test_a_server_is_stopped_at_the_deadline_of_a_posted_warning(time, told, expected):
    assert idle_for(time, notice=warned(told=told)) == expected


def test_idle_time_counts_from_the_last_sign_of_a_person():
    activity = used(20 * MINUTE)
    history, decision = watched(activity, START, START + HOUR)
    assert history.idle_since == START + 40 * MINUTE
    assert decision == Keep("in use lately", START + 100 * MINUTE)


def test_a_person_who_comes_back_ends_the_warning():
    history, _ = watched(IDLE, START, START + HOUR)
    history = replace(history, notice=warned())
    now = START + 70 * MINUTE
    history = observe(history, used(2 * MINUTE), now)
    assert history.notice is None
    assert decide(used(2 * MINUTE), history, POLICY, now) == Keep(
        "in use lately", START + 128 * MINUTE
    )


def test_work_that_begins_ends_the_warning():
    history, _ = watched(IDLE, START, START + HOUR)
    history = observe(replace(history, notice=warned()), at_work(), START + 70 * MINUTE)
    assert history.notice is None


def test_idle_time_counts_from_the_first_probe_without_work():
    history, _ = watched(at_work(), START, START + HOUR)
    history = observe(history, IDLE, START + 65 * MINUTE)
    assert history.idle_since == START + 65 * MINUTE


@pytest.mark.parametrize(("gap", "counts"), [(LONGEST_GAP, True), (LONGEST_GAP + SECOND, False)])
def test_time_without_probes_is_not_idle_time(gap, counts):
    history, _ = watched(IDLE, START, START + 30 * MINUTE)
    later = START + 30 * MINUTE + gap
    history = observe(history, IDLE, later)
    assert history.idle_since == (START if counts else later)


# -- unknown


@pytest.mark.parametrize(
    ("time", "told", "expected"),
    [
        (timedelta(0), False, Keep("unknown", START + HOUR)),
        (HOUR - SECOND, False, Keep("unknown", START + HOUR)),
        (HOUR, False, NotifyAdmins("unknown", START, "SSH does not answer")),
        (HOUR, True, Keep("unknown")),
    ],
)
def test_unknown_activity_stops_no_server_and_admins_are_notified_when_it_lasts(
    time, told, expected
):
    activity = unknown_activity("SSH does not answer")
    history, _ = watched(activity, START, START + time)
    history = replace(history, admins_told=told, notice=warned(deadline=START))
    assert decide(activity, history, POLICY, START + time) == expected


def test_known_work_counts_even_if_other_facts_are_unknown():
    partly = replace(at_work(), unknown="gpu: nvidia-smi does not answer.")
    assert watched(partly)[1].rule == "busy"


# -- what the owner asked for


@pytest.mark.parametrize(
    ("left", "expected"), [(SECOND, Keep), (timedelta(0), Stop), (-SECOND, Stop)]
)
def test_a_server_is_kept_until_the_end_of_keep_to_the_second(left, expected):
    at = START + 2 * HOUR
    assert isinstance(idle_for(2 * HOUR, keep_until=at + left, notice=warned()), expected)


def test_after_keep_ends_the_owner_is_warned_again_with_the_whole_grace():
    until = START + 5 * HOUR
    decision = idle_for(5 * HOUR, keep_until=until)
    assert decision == Warn("idle", warned(told=False, deadline=until + 15 * MINUTE, made_at=until))


def test_a_server_to_stop_after_its_work_is_stopped_one_grace_after_the_work():
    history, _ = watched(
        at_work(),
        START,
        START + HOUR,
        history=History(started_at=START, finish_by=START + DAY),
    )
    ended = START + 65 * MINUTE
    history = observe(history, IDLE, ended)
    due = ended + 15 * MINUTE
    assert decide(IDLE, history, POLICY, due - SECOND) == Keep("finished", due)
    assert decide(IDLE, history, POLICY, due) == Stop("finished")


def test_a_server_to_stop_after_its_work_without_work_is_stopped_like_any_other():
    assert isinstance(idle_for(HOUR - SECOND, finish_by=START + DAY), Keep)
    assert isinstance(idle_for(HOUR, finish_by=START + DAY), Warn)


# -- work without progress


@pytest.mark.parametrize(
    ("time", "expected"), [(12 * HOUR - SECOND, "busy"), (12 * HOUR, NoticeKind.STUCK)]
)
def test_the_owner_is_asked_about_the_same_cell_without_cpu(time, expected):
    _, decision = watched(at_work(cpu=0.0), START, START + time)
    assert decision.rule == expected


@pytest.mark.parametrize(
    "progress",
    [
        at_work(cpu=0.5),
        at_work(cpu=0.0, key="cell:k:2"),
        at_work(cpu=0.0, last_used=1),
    ],
    ids=["cpu", "another cell", "output"],
)
def test_any_progress_restarts_the_wait(progress):
    history, _ = watched(at_work(cpu=0.0), START, START + 11 * HOUR)
    now = START + 11 * HOUR + 5 * MINUTE
    history = observe(history, progress, now)
    assert history.quiet_since == now


def test_a_stuck_cell_is_stopped_a_day_after_the_question_unless_the_owner_lets_it_finish():
    activity, asked = at_work(cpu=0.0), START + 12 * HOUR
    history, decision = watched(activity, START, asked)
    assert decision == Warn("stuck", Notice(NoticeKind.STUCK, asked + DAY, asked))
    history = replace(history, notice=replace(decision.notice, told=True))
    assert decide(activity, history, POLICY, asked + DAY - SECOND).rule == "warned"
    assert isinstance(decide(activity, history, POLICY, asked + DAY), Stop)
    waits = replace(history, finish_by=asked + 2 * DAY)
    assert decide(activity, waits, POLICY, asked + DAY).rule == "busy"
    assert isinstance(decide(activity, waits, POLICY, asked + 2 * DAY), Stop)


# -- the longest run


@pytest.mark.parametrize(
    ("left", "expected"),
    [(2 * HOUR + SECOND, "busy"), (2 * HOUR, NoticeKind.LIFETIME)],
)
def test_the_end_of_the_lifetime_is_announced_even_to_a_busy_server(left, expected):
    policy = replace(POLICY, lifetime=2 * DAY)
    history = History(started_at=START, seen_at=START + 2 * DAY - left - MINUTE)
    now = START + 2 * DAY - left
    decision = decide(at_work(), observe(history, at_work(), now), policy, now)
    assert decision.rule == expected


@pytest.mark.parametrize(("left", "expected"), [(SECOND, Keep), (timedelta(0), Stop)])
def test_the_lifetime_ends_to_the_second_even_for_a_busy_kept_server(left, expected):
    policy, end = replace(POLICY, lifetime=2 * DAY), START + 2 * DAY
    notice = warned(NoticeKind.LIFETIME, end, end - 2 * HOUR)
    history = History(started_at=START, notice=notice, keep_until=end + HOUR)
    assert isinstance(decide(at_work(), history, policy, end - left), expected)


# -- rules switched off, and their order


def test_a_zero_switches_its_rule_off():
    off = replace(POLICY, after=timedelta(0), ask_after=timedelta(0), retention=timedelta(0))
    assert isinstance(idle_for(9 * DAY, policy=off), Keep)
    assert isinstance(watched(at_work(cpu=0), START, START + 9 * DAY, HOUR, off)[1], Keep)
    stopped = History(started_at=START, stopped_at=START)
    assert isinstance(decide(IDLE, stopped, off, START + 900 * DAY), Keep)


def test_a_stop_that_azure_refused_is_tried_again_after_an_hour():
    notice = Notice(NoticeKind.IDLE, START + HOUR, START, told=True)
    since = replace(History(started_at=START, notice=notice), idle_since=START)
    refused = replace(since, refused=Refusal(START + HOUR, "ScopeLocked"))
    decision = decide(IDLE, refused, POLICY, START + HOUR + MINUTE)
    assert decision == Keep("stop refused", START + 2 * HOUR)
    assert isinstance(decide(IDLE, refused, POLICY, START + 2 * HOUR), Stop)


def test_the_order_of_the_rules():
    names = [[rule.__name__ for rule in each] for each in (rules.RUNNING, rules.STOPPED)]
    assert names == [
        "unattended unknown refused lifetime kept stuck busy finished scheduled idle".split(),
        ["begins", "kept", "retained"],
    ]


# -- a server whose notebook does not come up


OUT = History(started_at=START, outage_until=START + 4 * HOUR)
SILENT = unknown_activity("JupyterLab does not answer")


@pytest.mark.parametrize(
    ("why", "activity", "changes", "time", "expected"),
    [
        ("time to repair it", SILENT, {}, 4 * HOUR - SECOND, Keep("unattended", START + 4 * HOUR)),
        ("nothing was done", SILENT, {}, 4 * HOUR, Stop("unattended")),
        ("idle is no reason before", IDLE, {}, 3 * HOUR, Keep("unattended", START + 4 * HOUR)),
        ("and none is needed after", IDLE, {}, 4 * HOUR, Stop("unattended")),
        ("a person is on it", used(MINUTE), {}, 5 * HOUR, Keep("unattended")),
        (
            "its owner keeps it",
            SILENT,
            {"keep_until": START + 9 * HOUR},
            5 * HOUR,
            Keep("kept", START + 9 * HOUR),
        ),
        (
            "Azure has refused the stop",
            SILENT,
            {"refused": Refusal(START + 5 * HOUR, "ScopeLocked")},
            5 * HOUR,
            Keep("stop refused", START + 6 * HOUR),
        ),
    ],
)
def test_an_outage_that_nobody_attends_to_ends_in_a_stop(why, activity, changes, time, expected):
    history = replace(OUT, **changes)
    assert decide(activity, history, POLICY, START + time) == expected, why


def test_work_on_a_server_that_does_not_come_up_goes_on():
    assert decide(at_work(WorkKind.SSH), OUT, POLICY, START + 5 * HOUR).rule == "busy"
