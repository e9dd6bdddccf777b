"""The use cases of an owner who says in which hours a server runs, and after how long without use
it is stopped. Both last until they are changed; the sweep reads them at each look."""

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
    """What holds for a server: `schedule` as it was typed, "" for none; `next_change` when it
    starts or stops next by that; `idle_after` of its own, None for the usual one."""

    server: Server
    schedule: str
    next_change: datetime | None
    idle_after: timedelta | None
    zone: str
    shortened: bool = False


@dataclass(frozen=True)
class HoursOfServers:
    """See the module."""

    rights: Rights
    watches: Watches
    people: People
    clock: Clock
    policy: IdlePolicy

    async def of(self, actor: Member, ref: ServerRef) -> Hours:
        """What holds. Raises `UserError` if there is no such server of the person's."""
        server = await self.rights.find(actor, ref, Right.SET_HOURS)
        return await self._hours(server, await self.watches.get(server.id))

    async def schedule(self, actor: Member, ref: ServerRef, text: str) -> Hours:
        """Run it in those hours ("weekdays 9-18"); "" ends that.

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
        """Stop it after that time without use, within the admin's bounds; None: after the usual
        time. Raises as `schedule` does."""
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
                history = replace(history, notice=None)  # it was by the hours before
            return change(replace(watch, history=history, next_look_at=now))

        watch = await self.watches.change(server, apply, event, now)
        if watch is None:
            raise UserError(
                _("`{name}` was stopped or started in this moment. Try again.", name=server.name)
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
            "I don't understand these hours. Say them like `weekdays 9-18`, `mon-thu 8:30-17`, "
            "`daily 7-24` or `off`; they are of one day, by your clock."
        )
    )
