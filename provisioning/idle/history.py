"""What is remembered of a server between two looks, and how a look changes it. Pure.

A server is idle since the first look in an unbroken row of looks that saw neither work nor a
person: what nobody watched (the bot was down, the machine did not answer) does not count.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from provisioning.core.language import StoredText
from provisioning.core.model.activity import Activity, IdleKernel, Stretch, Use, Work

LONGEST_GAP = timedelta(minutes=30)
"""Between two looks that saw everything; after a longer one, idle time counts from anew."""
QUIET_CPU = 0.02
"""Work below this share of one CPU, without output, makes no progress that can be seen."""


class NoticeKind(StrEnum):
    """Why a server will be stopped or deleted unless its owner says otherwise."""

    IDLE = "idle"
    STUCK = "stuck"
    LIFETIME = "lifetime"
    RETENTION = "retention"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Notice:
    """One warning: what happens at `deadline`. `told`: it reached the owner."""

    kind: NoticeKind
    deadline: datetime
    made_at: datetime
    told: bool = False


@dataclass(frozen=True)
class Evidence:
    """What the last look saw, as people are told it."""

    work: tuple[StoredText, ...] = ()
    cpu: float = 0.0
    people: int = 0
    last_used_at: datetime | None = None
    last_used_by: StoredText = ""


@dataclass(frozen=True)
class History:
    """`started_at`: since when it runs. `seen_at`: the last look that saw everything, and
    `kernels` the idle ones in it. `idle_since`: None while it is used. `quiet_since`: since
    when `quiet_work` (keys) makes no progress. `unknown_since`: since when no look saw
    everything; `admins_told` that. `keep_until`: the owner's wish. `finish_by`: until then,
    keep it while it is at work, and stop it when that ends; `was_busy` since that wish.
    `zone`: the owner's, an IANA name.
    """

    started_at: datetime
    stopped_at: datetime | None = None
    seen_at: datetime | None = None
    idle_since: datetime | None = None
    quiet_since: datetime | None = None
    quiet_work: frozenset[str] = frozenset()
    unknown_since: datetime | None = None
    unknown_why: StoredText = ""
    admins_told: bool = False
    notice: Notice | None = None
    keep_until: datetime | None = None
    finish_by: datetime | None = None
    was_busy: bool = False
    zone: str = ""
    evidence: Evidence = Evidence()
    kernels: tuple[IdleKernel, ...] = ()


def observe(history: History, activity: Activity, now: datetime) -> History:
    """The history with one more look in it."""
    history = _not_in_the_future(history, now)
    if activity.busy is None:
        return replace(
            history,
            unknown_since=history.unknown_since or now,
            unknown_why=activity.unknown,
        )
    used_at = None if activity.last_used is None else now - timedelta(seconds=activity.last_used)
    seen = replace(
        history,
        seen_at=now,
        unknown_since=None,
        unknown_why="",
        admins_told=False,
        kernels=activity.idle_kernels,
        evidence=Evidence(
            tuple(dict.fromkeys(work.what for work in activity.work)),
            activity.cpu,
            activity.people,
            used_at,
            activity.last_used_by,
        ),
    )
    return _busy(history, seen, activity, now) if activity.busy else _idle(history, seen, used_at)


def _busy(before: History, seen: History, activity: Activity, now: datetime) -> History:
    keys = frozenset(work.key for work in activity.work)
    printed = activity.last_used is not None and (
        before.seen_at is None or now - timedelta(seconds=activity.last_used) > before.seen_at
    )
    goes_on = _cpu_of(activity.work) >= QUIET_CPU or bool(keys - before.quiet_work) or printed
    notice = seen.notice
    ended_by_work = {NoticeKind.IDLE, NoticeKind.SCHEDULE}
    if notice and (notice.kind in ended_by_work or (goes_on and notice.kind is NoticeKind.STUCK)):
        notice = None
    return replace(
        seen,
        idle_since=None,
        quiet_since=now if goes_on or before.quiet_since is None else before.quiet_since,
        quiet_work=keys,
        was_busy=seen.finish_by is not None,
        notice=notice,
    )


def _idle(before: History, seen: History, used_at: datetime | None) -> History:
    now = seen.seen_at or before.started_at
    watched_since = before.seen_at or before.started_at
    since = before.idle_since if now - watched_since <= LONGEST_GAP else None
    if before.seen_at is None and now - before.started_at <= LONGEST_GAP:
        since = before.started_at
    since = max(since or now, used_at or before.started_at)
    notice = seen.notice
    if notice and notice.kind is NoticeKind.IDLE and since > notice.made_at:
        notice = None  # somebody came back
    if notice and notice.kind is NoticeKind.STUCK:
        notice = None  # what was stuck has ended
    return replace(seen, idle_since=since, quiet_since=None, quiet_work=frozenset(), notice=notice)


def _cpu_of(work: Collection[Work]) -> float:
    return sum(each.cpu or 0.0 for each in work)


def _not_in_the_future(history: History, now: datetime) -> History:
    """A clock that was put back leaves moments that have not come yet: those are now. A warning
    from then has a deadline that may be days away, so it is made again."""

    def at_most_now(moment: datetime | None) -> datetime | None:
        return None if moment is None else min(moment, now)

    notice = history.notice
    return replace(
        history,
        notice=None if notice is not None and notice.made_at > now else notice,
        started_at=min(history.started_at, now),
        seen_at=at_most_now(history.seen_at),
        idle_since=at_most_now(history.idle_since),
        quiet_since=at_most_now(history.quiet_since),
        unknown_since=at_most_now(history.unknown_since),
    )


def use_seen(server_id: str, before: History, activity: Activity, now: datetime) -> Stretch | None:
    """What a look at `now` says of the time since the one that `before` remembers; None where
    it says nothing, or too long a time was between."""
    since = before.seen_at or before.started_at
    if activity.busy is None or not timedelta(0) < now - since <= LONGEST_GAP:
        return None
    if activity.busy:
        return Stretch(server_id, Use.BUSY, since, now)
    used = activity.last_used is not None and now - timedelta(seconds=activity.last_used) > since
    return Stretch(server_id, Use.PRESENT if used else Use.IDLE, since, now)
