"""The history of a server between two probes, and how a probe changes it. Pure.

A server is idle since the first of an unbroken row of probes that found neither work nor a person.
Time without a probe (the bot was down, the machine did not answer) does not count as idle.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from provisioning.core.language import StoredText
from provisioning.core.model.activity import Activity, IdleKernel, Stretch, Use, Workload

LONGEST_GAP = timedelta(minutes=30)
"""Longest time between two complete probes; after a longer one, idle time begins anew."""
QUIET_CPU = 0.02
"""Share of one CPU below which work without output counts as without progress."""


class NoticeKind(StrEnum):
    """The reasons for a warning."""

    IDLE = "idle"
    STUCK = "stuck"
    LIFETIME = "lifetime"
    RETENTION = "retention"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Notice:
    """A warning of what happens at `deadline`. `told`: Slack has taken the warning."""

    kind: NoticeKind
    deadline: datetime
    made_at: datetime
    told: bool = False


@dataclass(frozen=True)
class Evidence:
    """The findings of the last probe, as the owner reads them."""

    work: tuple[StoredText, ...] = ()
    cpu: float = 0.0
    people: int = 0
    last_used_at: datetime | None = None
    last_used_by: StoredText = ""


@dataclass(frozen=True)
class Refusal:
    """A stop by the cleanup that Azure has refused, with its code; `told_at` its owner heard."""

    at: datetime
    code: str
    told_at: datetime | None = None


@dataclass(frozen=True)
class History:
    """The history of one server. Stored as JSON: rename no field without a migration.

    - `seen_at`: the last complete probe; `kernels` are its idle kernels.
    - `idle_since`: None while the server is busy or in use.
    - `quiet_since`: the time since which the work with the keys `quiet_work` makes no progress.
    - `unknown_since`: the time since which no probe was complete; `admins_told` of that.
    - `keep_until`: the owner asked to keep the server until then.
    - `finish_by`: the owner asked to keep the server while it is busy, until then at the latest,
      and to stop it afterwards; `was_busy` since that request.
    - `refused`: the latest stop of this run that Azure has refused.
    - `outage_until`: when a server whose notebook does not come up is stopped, None for any other.
    - `zone`: the owner's time zone, an IANA name.
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
    refused: Refusal | None = None
    outage_until: datetime | None = None


def observe(history: History, activity: Activity, now: datetime) -> History:
    """Return the history with one more probe."""
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
        notice = None  # a person came back
    if notice and notice.kind is NoticeKind.STUCK:
        notice = None  # the work without progress has ended
    return replace(seen, idle_since=since, quiet_since=None, quiet_work=frozenset(), notice=notice)


def _cpu_of(work: Collection[Workload]) -> float:
    return sum(each.cpu or 0.0 for each in work)


def _not_in_the_future(history: History, now: datetime) -> History:
    """Replace moments in the future, which a clock that was put back leaves, by `now`.

    A warning from the future is dropped, since its deadline may be days away.
    """

    def at_most_now(moment: datetime | None) -> datetime | None:
        return None if moment is None else min(moment, now)

    notice, refused = history.notice, history.refused
    return replace(
        history,
        refused=None if refused is not None and refused.at > now else refused,
        notice=None if notice is not None and notice.made_at > now else notice,
        started_at=min(history.started_at, now),
        seen_at=at_most_now(history.seen_at),
        idle_since=at_most_now(history.idle_since),
        quiet_since=at_most_now(history.quiet_since),
        unknown_since=at_most_now(history.unknown_since),
    )


def use_seen(server_id: str, before: History, activity: Activity, now: datetime) -> Stretch | None:
    """Return the use of a server between the last probe in `before` and a probe at `now`.

    None if the activity is unknown or the time between the probes is too long.
    """
    since = before.seen_at or before.started_at
    if activity.busy is None or not timedelta(0) < now - since <= LONGEST_GAP:
        return None
    if activity.busy:
        return Stretch(server_id, Use.BUSY, since, now)
    used = activity.last_used is not None and now - timedelta(seconds=activity.last_used) > since
    return Stretch(server_id, Use.PRESENT if used else Use.IDLE, since, now)
