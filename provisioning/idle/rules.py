"""The rules of the cleanup: keep a server, warn its owner, start, stop or delete it. Pure.

No other place decides this. `decide` asks the rules of `RUNNING` or `STOPPED` in their order; the
first answer wins. A stop or a deletion follows a warning that has reached the owner and whose
deadline has passed, unless the owner asked for the stop. Unknown activity never stops a server.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.core.model.activity import Activity
from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History, Notice, NoticeKind

UNHEARD = timedelta(hours=24)
"""Time after which a warning that Slack does not take counts as posted.

The owner may have left, and a stop loses no file.
"""


_ATTENDED_SECONDS = 1800.0
"""Time in seconds since a person's last use in which a server counts as attended."""
_REFUSED_PAUSE = timedelta(hours=1)
"""Time after which a stop that Azure has refused is tried again."""


@dataclass(frozen=True)
class Keep:
    """No action now. `until`: the moment at which a rule may answer differently."""

    rule: str
    until: datetime | None = None


@dataclass(frozen=True)
class Warn:
    """Warn the owner of what happens at the notice's deadline."""

    rule: str
    notice: Notice


@dataclass(frozen=True)
class NotifyAdmins:
    """Notify the admins of a server whose activity has been unknown for long."""

    rule: str
    since: datetime
    why: str


@dataclass(frozen=True)
class Stop:
    """Stop the server now. `notice` is the warning that has run out; None if the owner asked for
    the stop."""

    rule: str
    notice: Notice | None = None


@dataclass(frozen=True)
class Start:
    """Start the server now, by its owner's schedule."""

    rule: str


@dataclass(frozen=True)
class DeleteWithSnapshot:
    """Send the notebooks to the owner, take a snapshot, and delete the server, after a warning."""

    rule: str
    notice: Notice


@dataclass(frozen=True)
class Delete:
    """Delete the server, after a warning."""

    rule: str
    notice: Notice


Decision = Keep | Warn | NotifyAdmins | Stop | Start | DeleteWithSnapshot | Delete


@dataclass(frozen=True)
class Case:
    """The facts that the rules decide by; `history` includes the latest probe."""

    activity: Activity
    history: History
    policy: IdlePolicy
    now: datetime


def decide(activity: Activity, history: History, policy: IdlePolicy, now: datetime) -> Decision:
    """Return the answer of the first rule that has one."""
    case = Case(activity, history, policy, now)
    rules = STOPPED if history.stopped_at is not None else RUNNING
    for rule in rules:
        decision = rule(case)
        if decision is not None:
            return decision
    return Keep("nothing applies")


def unattended(case: Case) -> Decision | None:
    """Stop a server whose notebook does not come up, once the time for its repair is over.

    Nothing on it answers the probe, so this comes before `unknown`. A program that runs, a person
    on it and the owner's request keep it on.
    """
    until, activity = case.history.outage_until, case.activity
    if until is None or activity.busy:
        return None
    in_use = activity.last_used is not None and activity.last_used < _ATTENDED_SECONDS
    if in_use or case.now < until:
        return Keep("unattended", until if case.now < until else None)
    return refused(case) or kept(case) or Stop("unattended")


def unknown(case: Case) -> Decision | None:
    """Keep a server of unknown activity, and notify the admins once it lasts."""
    if case.activity.busy is not None:
        return None
    since = case.history.unknown_since or case.now
    due = since + case.policy.unknown_after
    if case.now >= due and not case.history.admins_told:
        return NotifyAdmins("unknown", since, case.activity.unknown)
    return Keep("unknown", due if case.now < due else None)


def refused(case: Case) -> Decision | None:
    """Wait before a stop that Azure has refused is tried again."""
    if case.history.refused is None:
        return None
    until = case.history.refused.at + _REFUSED_PAUSE
    return Keep("stop refused", until) if case.now < until else None


def lifetime(case: Case) -> Decision | None:
    """Stop a server after the admin's longest run, busy or not."""
    if not case.policy.lifetime:
        return None
    end = case.history.started_at + case.policy.lifetime
    if case.now < end - case.policy.lifetime_warning:
        return None
    return _warned(case, NoticeKind.LIFETIME, end, case.policy.lifetime_warning)


def kept(case: Case) -> Decision | None:
    """Keep a server as long as its owner asked."""
    until = case.history.keep_until
    return Keep("kept", until) if until is not None and case.now < until else None


def stuck(case: Case) -> Decision | None:
    """Ask the owner about work without progress for hours, and stop it after a day."""
    since = case.history.quiet_since
    if not case.activity.busy or since is None or not case.policy.ask_after:
        return None
    if case.now < since + case.policy.ask_after or _may_finish(case):
        return None
    deadline = case.now + case.policy.ask_grace
    return _warned(case, NoticeKind.STUCK, deadline, case.policy.ask_grace)


def busy(case: Case) -> Decision | None:
    """Keep a busy server, attended or not."""
    if not case.activity.busy:
        return None
    since = case.history.quiet_since
    return Keep("busy", since + case.policy.ask_after if since else None)


def finished(case: Case) -> Decision | None:
    """Stop a server after its work has ended, if its owner asked for that.

    The grace leaves time for a next cell to begin.
    """
    history = case.history
    if not (history.finish_by and history.was_busy and history.idle_since):
        return None
    due = history.idle_since + case.policy.grace
    return Stop("finished") if case.now >= due else Keep("finished", due)


def scheduled(case: Case) -> Decision | None:
    """Stop a server at the end of its owner's hours, after it was unused for the grace."""
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
    """Warn the owner of an idle server, and stop it at the deadline."""
    since = case.history.idle_since
    if not case.policy.after or since is None:
        return None
    due = since + case.policy.idle_after(case.now, case.history.zone)
    if case.now < due and not _has(case, NoticeKind.IDLE):
        return Keep("in use lately", due)
    return _warned(case, NoticeKind.IDLE, case.now + case.policy.grace, case.policy.grace)


def begins(case: Case) -> Decision | None:
    """Start a stopped server when its owner's hours begin."""
    policy, history = case.policy, case.history
    window = policy.schedule and policy.schedule.latest(case.now, history.zone)
    if not window or history.stopped_at is None:
        return None
    return Start("schedule") if history.stopped_at < window[0] and case.now < window[1] else None


def retained(case: Case) -> Decision | None:
    """Delete a server that was stopped for the retention time, long after a warning."""
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

RUNNING: tuple[Rule, ...] = (
    unattended,
    unknown,
    refused,
    lifetime,
    kept,
    stuck,
    busy,
    finished,
    scheduled,
    idle,
)
STOPPED: tuple[Rule, ...] = (begins, kept, retained)


def _warned(case: Case, kind: NoticeKind, end: datetime, at_least: timedelta) -> Decision:
    """Warn once, wait until the warning is posted and its deadline has passed, then stop.

    A warning leaves at least the time `at_least` before its deadline. If Slack takes the warning
    late, that time begins then (`provisioning.idle.notices`).
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
