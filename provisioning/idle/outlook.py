"""The next event in a server's life that no request triggers, as text. Pure.

It is a forecast. The decision falls in `provisioning.idle.rules`, at the next probe.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisioning.core.model.policy import IdlePolicy
from provisioning.idle.history import History


class Fate(StrEnum):
    """The kinds of events of an `Outlook`."""

    WARNED = "warned"
    FINISHED = "finished"
    UNATTENDED = "unattended"
    KEPT = "kept"
    UNUSED = "unused"
    LIFETIME = "lifetime"
    HOURS_END = "hours end"
    HOURS_BEGIN = "hours begin"
    DELETED = "deleted"


@dataclass(frozen=True)
class Outlook:
    """The next event and its time.

    - WARNED: the server stops or is deleted then, as its owner was warned.
    - FINISHED: the server stops once its work has ended, then at the latest.
    - UNATTENDED: the server, whose notebook does not come up, stops then unless it is repaired.
    - KEPT: the server is kept until then.
    - UNUSED: the server stops then unless a person uses it.
    - LIFETIME: the longest run that the admin allows ends then.
    - HOURS_END, HOURS_BEGIN: the owner's schedule stops or starts the server then.
    - DELETED: the retention of the stopped server ends then.
    """

    fate: Fate
    at: datetime


def outlook(history: History, policy: IdlePolicy, now: datetime) -> Outlook | None:
    """Return the next event, or None if there is none. `policy` includes the owner's settings."""
    if history.refused is not None:
        return None  # Azure decides
    if history.outage_until is not None and history.stopped_at is None:
        return Outlook(Fate.UNATTENDED, max(history.outage_until, now))
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
