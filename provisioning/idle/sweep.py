"""The sweep of the cleanup: probe each server that is due, decide, and act.

The store hands out each server once for each probe, so sweeps may overlap and several processes may
sweep. A decision is written before the action. After a crash the next probe finds a warning that
was not posted, and the engine finishes a stop.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_
from provisioning.core.model.activity import Activity, Uses, averaged, unknown_activity
from provisioning.core.model.events import CLEANUP, Event
from provisioning.core.model.policy import IdlePolicy, SweepConfig
from provisioning.core.model.server import Job, Server, Snapshot, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.people import People
from provisioning.idle.history import History, observe, use_seen
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.rules import (
    Decision,
    Delete,
    DeleteWithSnapshot,
    Keep,
    NotifyAdmins,
    Start,
    Stop,
    Warn,
    decide,
)
from provisioning.idle.used_passwords import PROBE_EVERY, probe_soon
from provisioning.idle.watch import Watch, Watches, since_the_last_change
from provisioning.servers.transitions import DELETE, DELETE_WITH_COPY, START, STOP, Transition

_LONGEST_PROBE_PAUSE = timedelta(minutes=30)
_STOPPED_PROBE_PAUSE = timedelta(hours=6)
_LATE = timedelta(seconds=90)

log = structlog.get_logger(__name__)

Probe = Callable[[Server], Awaitable[Activity]]
OnProbe = Callable[[Server, Activity, datetime], Awaitable[None]]
Times = Callable[[], Awaitable[Mapping[str, timedelta]]]


class SweepOutcome(StrEnum):
    """The outcome of a sweep for a server."""

    WARNED = "warned"
    STARTED = "started"
    STOPPED = "stopped"
    DELETED = "deleted"
    UNSEEN = "unseen"


_OUTCOMES = {Job.STOP: SweepOutcome.STOPPED, Job.START: SweepOutcome.STARTED}


@dataclass(frozen=True)
class Swept:
    """The number of servers that a sweep probed, and the names of those that it acted on."""

    probed: int
    outcomes: Mapping[SweepOutcome, tuple[str, ...]]


@dataclass(frozen=True)
class Sweep:
    """The sweep.

    `probe` probes a machine and never raises. `on_probe` are called after each probe of a running
    server. `idle_times` are the ones that owners have set, and `lifetimes` those that admins have
    set for owners, by Slack id.
    """

    watches: Watches
    uses: Uses
    probe: Probe
    work: Work
    messages: CleanupMessages
    people: People
    clock: Clock
    policy: IdlePolicy
    config: SweepConfig
    on_probe: Sequence[OnProbe]
    idle_times: Times
    lifetimes: Times

    async def tick(self, scheduled_at: datetime) -> None:
        """Sweep at a tick of the schedule.

        The scheduled time counts, so that actions due at a minute happen at that minute. For a tick
        that a crash has delayed, the present time counts.
        """
        now = self.clock.now()
        await self.run(scheduled_at if abs(now - scheduled_at) < _LATE else now)

    async def run(self, now: datetime) -> Swept:
        """Probe the servers that are due at `now`, and act."""
        due = await self.watches.take_due(now, now + self.config.look_every)
        own = await self.idle_times() if due else {}
        lifetimes = await self.lifetimes() if due else {}
        quick = asyncio.Semaphore(self.config.looks_at_once)
        slow = asyncio.Semaphore(self.config.slow_looks_at_once)

        outcomes: dict[SweepOutcome, tuple[str, ...]] = {}

        async def one(server: Server, watch: Watch) -> None:
            async with slow if watch.history.unknown_since else quick:
                try:
                    policy = self.policy_of(server, watch, own, lifetimes)
                    outcome = await self._one(server, watch, policy, now)
                    if outcome is not None:
                        outcomes[outcome] = (*outcomes.get(outcome, ()), server.name)
                except Exception:
                    log.exception("server not swept", server=server.id)

        await asyncio.gather(*(one(server, watch) for server, watch in due))
        return Swept(len(due), outcomes)

    def policy_of(
        self,
        server: Server,
        watch: Watch,
        own: Mapping[str, timedelta],
        lifetimes: Mapping[str, timedelta],
    ) -> IdlePolicy:
        """Return the rules' figures for a server, with its owner's and the admins' choices."""
        idle_after = watch.idle_after or own.get(server.owner)
        return self.policy.of_server(watch.schedule, idle_after, lifetimes.get(server.owner))

    async def history_of(self, server: Server, watch: Watch, now: datetime) -> History:
        """Return the history before a probe at `now`."""
        history = since_the_last_change(server, watch, now)
        # Asked at each probe: owners travel, and a server may have a new owner.
        zone = await self.people.zone(server.owner) or history.zone
        until = server.outage.until if server.outage else None
        return replace(history, zone=zone, outage_until=until)

    async def _one(
        self, server: Server, watch: Watch, policy: IdlePolicy, now: datetime
    ) -> SweepOutcome | None:
        history, activity = await self.history_of(server, watch, now), Activity()
        if server.status is Status.RUNNING:
            watch = replace(watch, ended_by="", end_told=True)
            activity = averaged(await self.activity_of(server), history.kernels)
            stretch = use_seen(server.id, history, activity, now)
            if stretch is not None:
                await self.uses.note_use(stretch)
            history = observe(history, activity, now)
            for each in self.on_probe:
                await each(server, activity, now)
        decision = decide(activity, history, policy, now)
        seen = replace(
            watch,
            generation=server.generation,
            history=history,
            next_look_at=self._next_probe_at(server, history, decision, policy, now),
        )
        return await self._apply(decision, server, watch, seen, now)

    async def activity_of(self, server: Server) -> Activity:
        """Probe within the budget, even if the adapter hangs or raises."""
        try:
            async with asyncio.timeout(self.config.look_budget + 1):
                return await self.probe(server)
        except TimeoutError:
            return unknown_activity(N_("the machine did not answer in time"))
        except Exception as error:
            log.exception("probe failed", server=server.id)
            return unknown_activity(N_("the probe failed ({error})", error=type(error).__name__))

    def _next_probe_at(
        self,
        server: Server,
        history: History,
        decision: Decision,
        policy: IdlePolicy,
        now: datetime,
    ) -> datetime:
        """Return the time of the next probe.

        Probes come at the usual pace, or sooner if a rule may answer differently before. A machine
        of unknown activity is probed less and less often.
        """
        pause = self.config.look_every
        if server.status is Status.STOPPED:
            pause = _STOPPED_PROBE_PAUSE
        elif history.unknown_since is not None:
            pause = max(pause, min(now - history.unknown_since, _LONGEST_PROBE_PAUSE))
        if probe_soon(server, now) and history.unknown_since is None:
            pause = min(pause, PROBE_EVERY)
        until = decision.until if isinstance(decision, Keep) else None
        if isinstance(decision, Warn):
            until = decision.notice.deadline
        moments = (now + pause, until, *_of_the_schedule(policy, history, now))
        return min(each for each in moments if each is not None and each > now)

    async def _apply(
        self, decision: Decision, server: Server, before: Watch, seen: Watch, now: datetime
    ) -> SweepOutcome | None:
        outcome: SweepOutcome | None = None
        match decision:
            case Keep():
                await self._keep(server, before, seen)
            case Warn(notice=notice):
                history = replace(seen.history, notice=notice)
                outcome = await self._warn(server, replace(seen, history=history, place=None))
            case NotifyAdmins(since=since, why=why):
                await self._notify_admins(server, seen, since, why)
                outcome = SweepOutcome.UNSEEN
            case Stop(rule=rule):
                # An outage's reason stays on the card of the stopped server, with its repair.
                reason = server.failure if rule == "unattended" else None
                outcome = await self._end(server, seen, STOP, rule, now, failure=reason)
            case Start(rule=rule):
                outcome = await self._end(server, seen, START, rule, now)
            case DeleteWithSnapshot(rule=rule):
                until = now + self.policy.copies_kept
                kept = Snapshot(secrets.token_hex(4), until)
                outcome = await self._end(server, seen, DELETE_WITH_COPY, rule, now, snapshot=kept)
            case Delete(rule=rule):
                outcome = await self._end(server, seen, DELETE, rule, now, snapshot=None)
        return outcome

    async def _keep(self, server: Server, before: Watch, seen: Watch) -> None:
        notice = seen.history.notice
        saved = await self.watches.save(seen)
        if saved is None:
            return
        if notice is not None and not notice.told:
            await self._begin_warning(server, saved)
        elif before.place is not None and before.history.notice is not None and notice is None:
            with suppress(DeliveryError):  # the warning is over; the edit is a courtesy
                await self.messages.update_warning(server, saved)

    async def _warn(self, server: Server, watch: Watch) -> SweepOutcome | None:
        saved = await self.watches.save(watch)
        if saved is None:
            return None
        await self._begin_warning(server, saved)
        return SweepOutcome.WARNED

    async def _begin_warning(self, server: Server, watch: Watch) -> None:
        notice = watch.history.notice
        if notice is not None:
            await self.work.begin(Job.WARN, server, f"{notice.kind}:{notice.made_at.isoformat()}")

    async def _notify_admins(self, server: Server, watch: Watch, since: datetime, why: str) -> None:
        told = True
        try:
            await self.messages.notify_unseen(server, since, why)
        except DeliveryError as error:
            told = False
            log.warning("admins not notified", server=server.id, reason=error.reason)
        await self.watches.save(replace(watch, history=replace(watch.history, admins_told=told)))

    async def _end(
        self,
        server: Server,
        watch: Watch,
        transition: Transition,
        rule: str,
        now: datetime,
        /,
        **changes: object,
    ) -> SweepOutcome | None:
        """Begin a transition, unless the server or its owner's request has changed meanwhile."""
        event = Event(now, CLEANUP, transition.job, server.id, "accepted", f"{server.name} {rule}")
        by = "" if transition is START else rule
        marked = replace(watch, ended_by=by, end_told=transition is not STOP)
        ended = await self.watches.end(server, marked, transition, event, **changes)
        if ended is None:
            log.info("superseded by a newer request", server=server.id, rule=rule)
            return None
        await self.work.begin(transition.job, ended)
        return _OUTCOMES.get(transition.job, SweepOutcome.DELETED)


def _of_the_schedule(
    policy: IdlePolicy, history: History, now: datetime
) -> tuple[datetime | None, ...]:
    """Return the next change by the schedule, and the time of the warning before."""
    if policy.schedule is None:
        return ()
    change = policy.schedule.next_change(now, history.zone)
    return (change, change - policy.grace if change else None)
