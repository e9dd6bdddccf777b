"""Histories and activities with which the tests of the idle rules begin."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History, Notice, NoticeKind, observe
from provisioning.idle.rules import decide

# A Saturday, so that no working hours apply unless a test says so.
START = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{u: 1}) for u in ("seconds", "minutes", "hours", "days"))
POLICY = IdlePolicy(
    after=HOUR,
    after_in_working_hours=2 * HOUR,
    grace=15 * MINUTE,
    ask_after=12 * HOUR,
    ask_grace=DAY,
    unknown_after=HOUR,
    retention=30 * DAY,
    retention_warning=3 * DAY,
)
IDLE = Activity()


def at_work(kind=WorkKind.CELL, cpu=0.9, key="cell:k:1", what="train.ipynb", last_used=None):
    return Activity((Workload(kind, key, what, 60.0, cpu),), last_used)


def used(ago: timedelta, **more) -> Activity:
    return Activity(last_used=ago.total_seconds(), last_used_by="a file was saved", **more)


def watched(activity, since=START, until=None, every=5 * MINUTE, policy=POLICY, history=None):
    """Return the history after probes of the same activity, and the last decision."""
    history = history or History(started_at=since)
    now, until = since, until or since
    while True:
        history = observe(history, activity, now)
        decision = decide(activity, history, policy, now)
        if now >= until:
            return history, decision
        now = min(now + every, until)


def idle_for(time: timedelta, policy=POLICY, **changes):
    """Return the decision for a server that has been idle for that time."""
    history, _ = watched(IDLE, START, START + time, policy=policy)
    history = replace(history, **changes)
    return decide(IDLE, history, policy, START + time)


def warned(kind=NoticeKind.IDLE, deadline=START + 75 * MINUTE, made_at=START + HOUR, told=True):
    return Notice(kind, deadline, made_at, told)
