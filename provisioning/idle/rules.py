"""Whether a server is kept, its owner warned, or it is stopped or deleted: the only place that
decides this. Pure.

`decide` asks the rules of `RUNNING` or `STOPPED` in their order; the first with an answer
wins. Nothing is stopped or deleted without a warning that reached its owner and whose deadline
has passed, but for what the owner asked for. Unknown activity stops nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.core.model.activity import Activity
from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History, Notice, NoticeKind

UNHEARD = timedelta(hours=24)
"""A warning that Slack did not take for so long counts as told: the person may have left, and
a stop loses no file."""


@dataclass(frozen=True)
class Keep:
    """Nothing happens now. `until`: when a rule may answer otherwise, if nothing changes."""

    rule: str
    until: datetime | None = None


@dataclass(frozen=True)
class Warn:
    """Tell the owner what happens at the notice's deadline."""

    rule: str
    notice: Notice


@dataclass(frozen=True)
class TellAdmins:
    """Nobody can see what this server is doing, for so long that somebody should look."""

    rule: str
    since: datetime
    why: str


@dataclass(frozen=True)
class Stop:
    """Deallocate it now; `notice` is the warning that has run out, None where its owner had
    asked for the stop."""

    rule: str
    notice: Notice | None = None


@dataclass(frozen=True)
class Start:
    """Its owner's schedule has it run now."""

    rule: str


@dataclass(frozen=True)
class DeleteWithSnapshot:
    """Send its notebooks to its owner and keep a copy of its disk, and then delete it; its
    warning has run out."""

    rule: str
    notice: Notice


@dataclass(frozen=True)
class Delete:
    """Remove it; its warning has run out."""

    rule: str
    notice: Notice


Decision = Keep | Warn | TellAdmins | Stop | Start | DeleteWithSnapshot | Delete


@dataclass(frozen=True)
class Case:
    """What the rules look at; `history` has the look in it already."""

    activity: Activity
    history: History
    policy: IdlePolicy
    now: datetime


def decide(activity: Activity, history: History, policy: IdlePolicy, now: datetime) -> Decision:
    """The answer of the first rule that has one."""
    case = Case(activity, history, policy, now)
    rules = STOPPED if history.stopped_at is not None else RUNNING
    for rule in rules:
        decision = rule(case)
        if decision is not None:
            return decision
    return Keep("nothing applies")


def unknown(case: Case) -> Decision | None:
    """What can't be seen is not idle; admins hear of it once it lasts."""
    if case.activity.busy is not None:
        return None
    since = case.history.unknown_since or case.now
    due = since + case.policy.unknown_after
    if case.now >= due and not case.history.admins_told:
        return TellAdmins("unknown", since, case.activity.unknown)
    return Keep("unknown", due if case.now < due else None)


def lifetime(case: Case) -> Decision | None:
    """The admin's longest run, at work or not."""
    if not case.policy.lifetime:
        return None
    end = case.history.started_at + case.policy.lifetime
    if case.now < end - case.policy.lifetime_warning:
        return None
    return _warned(case, NoticeKind.LIFETIME, end, case.policy.lifetime_warning)


def kept(case: Case) -> Decision | None:
    """The owner asked for it."""
    until = case.history.keep_until
    return Keep("kept", until) if until is not None and case.now < until else None


def stuck(case: Case) -> Decision | None:
    """Work that shows no progress for hours: its owner is asked, and after a day it ends."""
    since = case.history.quiet_since
    if not case.activity.busy or since is None or not case.policy.ask_after:
        return None
    if case.now < since + case.policy.ask_after or _may_finish(case):
        return None
    deadline = case.now + case.policy.ask_grace
    return _warned(case, NoticeKind.STUCK, deadline, case.policy.ask_grace)


def busy(case: Case) -> Decision | None:
    """Work is never stopped for being unattended."""
    if not case.activity.busy:
        return None
    since = case.history.quiet_since
    return Keep("busy", since + case.policy.ask_after if since else None)


def finished(case: Case) -> Decision | None:
    """The owner asked to stop it when its work ends; a while later, for what follows it."""
    history = case.history
    if not (history.finish_by and history.was_busy and history.idle_since):
        return None
    due = history.idle_since + case.policy.grace
    return Stop("finished") if case.now >= due else Keep("finished", due)


def scheduled(case: Case) -> Decision | None:
    """The owner's hours end. Who is at it is not cut off: nobody must have been for the grace."""
    policy, history = case.policy, case.history
    window = policy.schedule and policy.schedule.latest(case.now, history.zone)
    if not window or history.idle_since is None or history.started_at >= window[1]:
        return None
    if case.now < window[1] - policy.grace:
        return None
    decision = _warned(case, NoticeKind.SCHEDULE, window[1], policy.grace)
    unused = history.idle_since + policy.grace
    if isinstance(decision, Stop) and case.now < unused:
        return Keep("in use lately", unused)
    return decision


def idle(case: Case) -> Decision | None:
    """Neither work nor a person, for so long."""
    since = case.history.idle_since
    if not case.policy.after or since is None:
        return None
    due = since + case.policy.idle_after(case.now, case.history.zone)
    if case.now < due and not _has(case, NoticeKind.IDLE):
        return Keep("in use lately", due)
    return _warned(case, NoticeKind.IDLE, case.now + case.policy.grace, case.policy.grace)


def begins(case: Case) -> Decision | None:
    """The owner's hours have begun since it was stopped."""
    policy, history = case.policy, case.history
    window = policy.schedule and policy.schedule.latest(case.now, history.zone)
    if not window or history.stopped_at is None:
        return None
    return Start("schedule") if history.stopped_at < window[0] and case.now < window[1] else None


def retained(case: Case) -> Decision | None:
    """A stopped server is deleted in the end, long after its owner was told."""
    since, policy = case.history.stopped_at, case.policy
    if since is None or not policy.retention:
        return None
    end = since + policy.retention
    if case.now < end - policy.retention_warning:
        return Keep("retained", end - policy.retention_warning)
    decision = _warned(case, NoticeKind.RETENTION, end, policy.retention_warning)
    if not isinstance(decision, Stop) or decision.notice is None:
        return decision
    if policy.copies_kept:
        return DeleteWithSnapshot("retained", decision.notice)
    return Delete("retained", decision.notice)


Rule = Callable[[Case], Decision | None]

RUNNING: tuple[Rule, ...] = (unknown, lifetime, kept, stuck, busy, finished, scheduled, idle)
STOPPED: tuple[Rule, ...] = (begins, kept, retained)


def _warned(case: Case, kind: NoticeKind, end: datetime, at_least: timedelta) -> Decision:
    """Warn once, wait until that was told and its deadline has passed, then stop.

    A warning leaves at least `at_least` before its deadline, also one that is late; one that
    Slack takes late gets that time from then on (`provisioning.idle.notices`).
    """
    notice = case.history.notice
    if notice is None or notice.kind is not kind:
        return Warn(kind, Notice(kind, max(end, case.now + at_least), case.now))
    if case.now < notice.deadline:
        return Keep("warned", notice.deadline)
    if notice.told or case.now >= notice.made_at + at_least + UNHEARD:
        return Stop(kind, notice)
    return Keep("not told yet")


def _has(case: Case, kind: NoticeKind) -> bool:
    return case.history.notice is not None and case.history.notice.kind is kind


def _may_finish(case: Case) -> bool:
    by = case.history.finish_by
    return by is not None and case.now < by
