"""What becomes of a server by itself, and when, for people to read at a glance. Pure; decides
nothing: `provisioning.idle.rules` does, at the next look.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History


class Fate(StrEnum):
    """What happens at an `Outlook`'s moment unless somebody does something."""

    WARNED = "warned"
    FINISHED = "finished"
    KEPT = "kept"
    UNUSED = "unused"
    LIFETIME = "lifetime"
    HOURS_END = "hours end"
    HOURS_BEGIN = "hours begin"
    DELETED = "deleted"


@dataclass(frozen=True)
class Outlook:
    """WARNED: its owner was told that it stops or is deleted then. FINISHED: it stops once its
    work has ended, and then at the latest. KEPT: nothing stops it until then. UNUSED: it stops
    then if nobody uses it. LIFETIME: it has run then for as long as its admin allows. DELETED: it
    has been stopped for so long then."""

    fate: Fate
    at: datetime


def outlook(history: History, policy: IdlePolicy, now: datetime) -> Outlook | None:
    """The next thing; None where nothing is in sight. `policy`: with its owner's wishes."""
    if history.notice is not None:
        return Outlook(Fate.WARNED, history.notice.deadline)
    return _of_stopped(history, policy, now) or _of_running(history, policy, now)


def _of_stopped(history: History, policy: IdlePolicy, now: datetime) -> Outlook | None:
    if history.stopped_at is None:
        return None
    begin = policy.schedule and policy.schedule.next_begin(now, history.zone)
    if begin:
        return Outlook(Fate.HOURS_BEGIN, begin)
    if not policy.retention:
        return None
    end = max(history.stopped_at + policy.retention, history.keep_until or now)
    return Outlook(Fate.DELETED, end)


def _of_running(history: History, policy: IdlePolicy, now: datetime) -> Outlook | None:
    if history.stopped_at is not None:
        return None
    if history.keep_until is not None and now < history.keep_until:
        found = [Outlook(Fate.KEPT, history.keep_until)]
    elif history.finish_by is not None and now < history.finish_by:
        found = [Outlook(Fate.FINISHED, history.finish_by)]
    else:
        found = _of_unkept(history, policy, now)
    if policy.lifetime:  # whatever its owner asked for
        found.append(Outlook(Fate.LIFETIME, history.started_at + policy.lifetime))
    return min(found, key=lambda each: each.at, default=None)


def _of_unkept(history: History, policy: IdlePolicy, now: datetime) -> list[Outlook]:
    found = []
    if history.idle_since is not None and policy.after:
        due = history.idle_since + policy.idle_after(now, history.zone) + policy.grace
        found.append(Outlook(Fate.UNUSED, max(due, now)))
    end = policy.schedule and policy.schedule.next_end(now, history.zone)
    if end:
        found.append(Outlook(Fate.HOURS_END, end))
    return found
