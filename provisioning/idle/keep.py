"""The use cases that keep a server on: for some hours, until a time, until its work ends.

A server is never kept longer than the admin allows.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioning.access.rights import Right, Rights, ServerId, ServerRef
from provisioning.core.errors import DeliveryError, UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.hours import tomorrow_at
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Status, state_word
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.people import People
from provisioning.core.ports.store import OwnLimitStore
from provisioning.idle.history import History, NoticeKind
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watch, Watches

MORNING_HOUR = 9
_STATES = (Status.RUNNING, Status.STOPPED)


@dataclass(frozen=True)
class Kept:
    """The time until which a server is kept. `shortened`: less than was requested."""

    server: Server
    until: datetime
    shortened: bool = False
    when_finished: bool = False


@dataclass(frozen=True)
class Keeping:
    """The use cases."""

    rights: Rights
    watches: Watches
    messages: CleanupMessages
    people: People
    clock: Clock
    policy: IdlePolicy
    limits: OwnLimitStore

    async def time_of(self, actor: Member) -> tuple[datetime, str]:
        """Return the current time and the member's time zone, to read the times that they type."""
        return self.clock.now(), await self.people.zone(actor.id)

    async def extend(self, actor: Member, ref: ServerRef, time: timedelta) -> Kept:
        """Keep a server for `time` from now, or from the time until which it is kept already.

        Raises:
            UserError: if the member does not own the server, it is neither running nor stopped, or
                it was stopped in the same moment; for a stopped server, if its files are kept
                longer than that anyway.
        """
        now = self.clock.now()

        def until(history: History) -> datetime:
            return max(history.keep_until or now, now) + time

        return await self._keep(actor, ref, until)

    async def until(self, actor: Member, ref: ServerRef, moment: datetime) -> Kept:
        """Keep a server until a moment. Raises as `extend` does, and for a moment in the past."""
        if moment <= self.clock.now():
            raise UserError(_("That time has passed. Give a time in the future, such as `18:00`."))
        return await self._keep(actor, ref, lambda _history: moment)

    async def until_morning(self, actor: Member, ref: ServerRef) -> Kept:
        """Keep a server until 9:00 of the member's next day. Raises as `extend` does."""
        zone = await self.people.zone(actor.id)
        return await self.until(actor, ref, tomorrow_at(MORNING_HOUR, self.clock.now(), zone))

    async def until_finished(self, actor: Member, ref: ServerRef) -> Kept:
        """Keep a server while it is busy, and stop it afterwards.

        If it is not busy now, work may begin within the usual idle time. Raises as `extend` does.
        """
        now, latest = self.clock.now(), self.clock.now()

        def change(server: Server, history: History, policy: IdlePolicy) -> History:
            nonlocal latest
            if server.status is Status.STOPPED:
                raise UserError(_too_late(server))
            latest = self._latest(server, history, policy)
            begins_by = now + policy.idle_after(now, history.zone)
            keep = None if history.idle_since is None else max(begins_by, history.keep_until or now)
            return replace(history, finish_by=latest, was_busy=False, keep_until=keep)

        server, _ = await self._change(actor, ref, change, "until finished")
        return Kept(server, latest, when_finished=True)

    async def _keep(
        self, actor: Member, ref: ServerRef, until: Callable[[History], datetime]
    ) -> Kept:
        shortened = False

        def change(server: Server, history: History, policy: IdlePolicy) -> History:
            nonlocal shortened
            wanted, most = until(history), self._latest(server, history, policy)
            if server.status is Status.STOPPED and not self._changes_the_end(server, wanted):
                raise UserError(_too_late(server))
            shortened = wanted > most
            return replace(history, keep_until=min(wanted, most))

        server, watch = await self._change(actor, ref, change, "keep")
        return Kept(server, watch.history.keep_until or self.clock.now(), shortened)

    def _changes_the_end(self, server: Server, wanted: datetime) -> bool:
        """Return whether a stopped server would be deleted before the requested time."""
        stopped_at = server.stopped_at or self.clock.now()
        return bool(self.policy.retention) and wanted > stopped_at + self.policy.retention

    def _latest(self, server: Server, history: History, policy: IdlePolicy) -> datetime:
        """Return the latest time until which the server may be kept.

        A stopped server may be kept for its whole retention once more.
        """
        if server.status is Status.STOPPED:
            return self.clock.now() + max(policy.retention, policy.keep_at_most)
        latest = self.clock.now() + policy.keep_at_most
        if not policy.lifetime:
            return latest
        return min(latest, history.started_at + policy.lifetime)

    async def _change(
        self,
        actor: Member,
        ref: ServerRef,
        change: Callable[[Server, History, IdlePolicy], History],
        what: str,
    ) -> tuple[Server, Watch]:
        server = await self.rights.find(actor, ref, Right.KEEP)
        if server.status not in _STATES:
            raise UserError(_too_late(server))
        own = await self.limits.own_limits_of(server.owner)
        policy = self.policy.of_server("", None, own.lifetime if own else None)
        now = self.clock.now()
        event = Event(now, actor.id, "extend", server.id, "accepted", f"{server.name} {what}")

        def apply(watch: Watch) -> Watch:
            history = change(server, watch.history, policy)
            notice = history.notice
            if notice is not None and notice.kind is not NoticeKind.LIFETIME:
                history = replace(history, notice=None)
            return replace(watch, history=history, next_look_at=now)

        watch = await self.watches.change(server, apply, event, now)
        if watch is None:
            raise UserError(
                _too_late(await self.rights.find(actor, ServerId(server.id), Right.KEEP))
            )
        if watch.place is not None:
            with suppress(DeliveryError):  # the answer to the click has the same news
                await self.messages.update_warning(server, watch)
        return server, watch


def _too_late(server: Server) -> str:
    name = server.name
    if server.status in (Status.STOPPING, Status.STOPPED):
        return _(
            "That came too late: `{name}` is stopping or has stopped. Its files are kept. "
            "`start {name}` starts it again in a minute or two.",
            name=name,
        )
    return _(
        "`{name}` is {state} now, so there is nothing to keep running.",
        name=name,
        state=state_word(server.status),
    )
