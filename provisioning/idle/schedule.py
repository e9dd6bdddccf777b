"""The use cases that set a server's hours and its idle time.

Both hold until the owner changes them; the sweep reads them at each probe.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Status, state_word
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.people import People
from provisioning.idle.history import NoticeKind
from provisioning.idle.watch import Watch, Watches

LONGEST_SCHEDULE = 60
_STATES = (Status.RUNNING, Status.STOPPED)


@dataclass(frozen=True)
class Hours:
    """A server's hours and idle time.

    `schedule` is the owner's text, "" for none. `next_change` is the next start or stop by it.
    `idle_after` is the server's own idle time, None for the usual one. `shortened`: the idle time
    is not the requested one, but the nearest that the admin allows.
    """

    server: Server
    schedule: str
    next_change: datetime | None
    idle_after: timedelta | None
    zone: str
    shortened: bool = False


@dataclass(frozen=True)
class HoursOfServers:
    """The use cases."""

    rights: Rights
    watches: Watches
    people: People
    clock: Clock
    policy: IdlePolicy

    async def of(self, actor: Member, ref: ServerRef) -> Hours:
        """Return a server's hours. Raises `UserError` if the member owns no such server."""
        server = await self.rights.find(actor, ref, Right.SET_HOURS)
        return await self._hours(server, await self.watches.get(server.id))

    async def schedule(self, actor: Member, ref: ServerRef, text: str) -> Hours:
        """Set the hours in which a server runs ("weekdays 9-18"); "" removes them.

        Raises:
            UserError: if the hours are not understood, or the server is neither running nor
                stopped.
        """
        plain = " ".join(text.lower().split())
        try:
            WorkingHours.parse(plain)
        except ValueError:
            raise _not_understood() from None
        if len(plain) > LONGEST_SCHEDULE:
            raise _not_understood()
        return await self._change(
            actor, ref, lambda watch: replace(watch, schedule=plain), f"schedule {plain or 'off'}"
        )

    async def idle_after(self, actor: Member, ref: ServerRef, time: timedelta | None) -> Hours:
        """Set a server's idle time, within the admin's bounds; None for the usual one.

        Raises as `schedule` does.
        """
        policy = self.policy.of_server("", time)
        within = None if time is None else policy.after
        hours = await self._change(
            actor,
            ref,
            lambda watch: replace(watch, idle_after=within),
            f"idle {within or 'usual'}",
        )
        return replace(hours, shortened=within != time)

    async def _change(
        self, actor: Member, ref: ServerRef, change: Callable[[Watch], Watch], what: str
    ) -> Hours:
        server = await self.rights.find(actor, ref, Right.SET_HOURS)
        if server.status not in _STATES:
            raise UserError(
                _(
                    "`{name}` is {state} now. Try again when it runs or has stopped.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        now = self.clock.now()
        event = Event(now, actor.id, "hours", server.id, "accepted", f"{server.name} {what}")

        def apply(watch: Watch) -> Watch:
            history, notice = watch.history, watch.history.notice
            if notice is not None and notice.kind in (NoticeKind.IDLE, NoticeKind.SCHEDULE):
                history = replace(history, notice=None)  # it followed the former hours
            return change(replace(watch, history=history, next_look_at=now))

        watch = await self.watches.change(server, apply, event, now)
        if watch is None:
            raise UserError(
                _(
                    "`{name}` was stopped or started just now. Try again.",
                    name=server.name,
                )
            )
        return await self._hours(server, watch)

    async def _hours(self, server: Server, watch: Watch | None) -> Hours:
        zone = await self.people.zone(server.owner)
        if watch is None:
            return Hours(server, "", None, None, zone)
        change = WorkingHours.parse(watch.schedule).next_change(self.clock.now(), zone)
        return Hours(server, watch.schedule, change, watch.idle_after, zone)


def _not_understood() -> UserError:
    return UserError(
        _(
            "I don't understand these hours. Write them like `weekdays 9-18`, `mon-thu 8:30-17`, "
            "`daily 7-24` or `off`. They begin and end on the same day, by your clock."
        )
    )
