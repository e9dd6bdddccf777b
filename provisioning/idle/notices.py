"""The steps that notify owners of what the cleanup does. Each step is idempotent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.idle.history import Notice, NoticeKind, Refusal
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watch, Watches
from provisioning.members.quiet_hours import Quiet
from provisioning.workflows.durable.endings import OnFailure
from provisioning.workflows.durable.steps import DAY, Step, Workflow

_OUTPUT_PATIENCE = 120.0
_TOLD_EVERY = timedelta(days=1)
_TRIES = 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Notices:
    """The steps and the workflows that are made of them. The names of steps are stored."""

    watches: Watches
    messages: CleanupMessages
    clock: Clock
    policy: IdlePolicy
    quiet: Quiet
    last_output: Callable[[Server], Awaitable[LastOutput | None]]
    on_failure: OnFailure

    def workflows(self) -> tuple[Workflow, ...]:
        """Return the workflow that posts a warning, or what waited for the end of quiet hours."""
        steps = (
            Step("tell_warning", self.warn, patience=DAY),
            Step("tell_held_end", self.post_reason, patience=DAY),
        )
        return (Workflow(Job.WARN, steps, self.on_failure),)

    def after_stop(self) -> tuple[Step, ...]:
        """Return the last steps of every stop."""
        return (Step("tell_why", self.post_reason, patience=DAY),)

    def before_stop(self) -> tuple[Step, ...]:
        """Return the steps of a stop for which the machine must still run."""
        step = Step("send_output", self.send_output, patience=_OUTPUT_PATIENCE, optional=True)
        return (step,)

    async def refused_stop(self, server: Server, code: str) -> bool:
        """Note that Azure has refused a stop; return whether the owner is to be notified anew.

        Of the cleanup's stops, which are tried again, owners are notified once a day and not in
        quiet hours. The warning says at once that the stop was refused.
        """
        watch = await self.watches.get(server.id)
        if watch is None or not watch.ended_by:
            return True
        now, told_at = self.clock.now(), None
        if watch.history.refused is not None and watch.history.refused.code == code:
            told_at = watch.history.refused.told_at
        is_quiet = await self.quiet.until(server.owner) is not None
        is_news = not is_quiet and (told_at is None or now - told_at >= _TOLD_EVERY)
        refusal = Refusal(now, code, now if is_news else told_at)
        while watch is not None:
            noted = replace(watch, history=replace(watch.history, refused=refusal))
            if await self.watches.save(noted) is not None:
                break
            watch = await self.watches.get(server.id)
        if watch is not None and watch.place is not None:
            await self.messages.update_warning(server, watch)
        return is_news

    async def send_output(self, server: Server) -> None:
        """Post the end of the notebook, if the owner asked for a stop after the work.

        A stop waits two minutes at most for this step, and not at all for another reason.
        """
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
                # The files stay on the disk: only this message is lost.
                log.warning("last output not posted", server=server.id, reason=error.reason)
                await asyncio.sleep(error.retry_in)
            else:
                return

    async def warn(self, server: Server) -> None:
        """Post the warning. Its deadline counts only after that.

        A warning that Slack takes late gets its whole time from then on.
        """
        watch = await self.watches.get(server.id)
        if watch is None or watch.history.notice is None or watch.history.notice.told:
            return
        if watch.generation != server.generation:
            return  # of a state that is over; the next probe decides anew
        if await self.quiet.hold_notices(server.owner, server.id):
            return  # not posted yet, so the deadline does not count
        notice = self._in_time(watch.history.notice)
        if notice != watch.history.notice:
            watch = await self.watches.save(_with(watch, notice))
            if watch is None:
                return  # superseded; the next probe begins this step again
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

    async def post_reason(self, server: Server) -> None:
        """Post why the server was stopped, what that saves, and how to go on.

        After a stop by a person only an older warning is edited, so that no message says that the
        server is still kept.
        """
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
