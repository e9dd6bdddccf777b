"""The steps that tell an owner what the cleanup does; each is safe to run twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.idle.history import Notice, NoticeKind
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watch, Watches
from provisioning.members.quiet_hours import Quiet
from provisioning.workflows.steps import DAY, Step, Workflow

_OUTPUT_PATIENCE = 120.0
_TRIES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Notices:
    """The steps, over the ports they need."""

    watches: Watches
    messages: CleanupMessages
    clock: Clock
    policy: IdlePolicy
    quiet: Quiet
    last_output: Callable[[Server], Awaitable[LastOutput | None]]

    def workflows(self) -> tuple[Workflow, ...]:
        """Warn an owner, and say what had to wait for the end of their quiet hours."""
        steps = (
            Step("tell_warning", self.warn, patience=DAY),
            Step("tell_held_end", self.explain, patience=DAY),
        )
        return (Workflow(Job.WARN, steps),)

    def after_stop(self) -> tuple[Step, ...]:
        """The last step of every stop."""
        return (Step("tell_why", self.explain, patience=DAY),)

    def before_stop(self) -> tuple[Step, ...]:
        """What a machine must still be on for."""
        return (Step("send_output", self.send_output, patience=_OUTPUT_PATIENCE),)

    async def send_output(self, server: Server) -> None:
        """The end of the run that its owner waited for. A stop never waits long for it, and one
        for another reason not at all."""
        watch = await self.watches.get(server.id)
        if watch is None or watch.ended_by != "finished" or server.status is not Status.STOPPING:
            return
        try:
            output = await self.last_output(server)
        except (NotYet, PermanentError) as error:
            log.warning("last output not read", server=server.id, reason=error.reason)
            return
        if output is None:
            return
        for _ in range(_TRIES):
            try:
                await self.messages.post_output(server, output)
            except DeliveryError as error:
                # Its files are kept, so nothing is lost but this message.
                log.warning("last output not told", server=server.id, reason=error.reason)
                await asyncio.sleep(error.retry_in)
            else:
                return

    async def warn(self, server: Server) -> None:
        """Post the warning; only then does its deadline count. One that Slack takes late gets
        its whole time from then on."""
        watch = await self.watches.get(server.id)
        if watch is None or watch.history.notice is None or watch.history.notice.told:
            return
        if await self.quiet.hold_notices(server.owner, server.id):
            return  # still untold, so its deadline does not count
        notice = self._in_time(watch.history.notice)
        if notice != watch.history.notice:
            watch = await self.watches.save(_with(watch, notice))
            if watch is None:
                return  # its owner or a look was faster; the next look begins this again
        place = await self.messages.post_warning(server, watch)
        while watch is not None and watch.history.notice == notice:
            told = replace(_with(watch, replace(notice, told=True)), place=place)
            if await self.watches.save(told) is not None:
                return
            watch = await self.watches.get(server.id)

    def _in_time(self, notice: Notice) -> Notice:
        grace = {
            NoticeKind.IDLE: self.policy.grace,
            NoticeKind.SCHEDULE: self.policy.grace,
            NoticeKind.STUCK: self.policy.ask_grace,
            NoticeKind.LIFETIME: self.policy.lifetime_warning,
            NoticeKind.RETENTION: self.policy.retention_warning,
        }[notice.kind]
        earliest = self.clock.now() + grace / 2
        return notice if notice.deadline >= earliest else replace(notice, deadline=earliest)

    async def explain(self, server: Server) -> None:
        """After the stop: why, what it saves, and how to go on. Whoever stopped a server knows
        why, but no older message may go on saying that it is kept."""
        watch = await self.watches.get(server.id)
        if watch is None or server.status is not Status.STOPPED:
            return
        if watch.end_told:
            if watch.place is not None and watch.history.notice is None:
                await self.messages.update_warning(server, watch)
            return
        if await self.quiet.hold_notices(server.owner, server.id):
            return
        await self.messages.post_end(server, watch)
        while watch is not None and not watch.end_told:
            if await self.watches.save(replace(watch, end_told=True)) is not None:
                return
            watch = await self.watches.get(server.id)


def _with(watch: Watch, notice: Notice) -> Watch:
    return replace(watch, history=replace(watch.history, notice=notice))
