"""The ends of a stop, a start and a restart that have failed for good."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import (
    Failure,
    Job,
    PasswordHidden,
    Remains,
    Server,
    Status,
)
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows
from provisioning.workflows.failures.outage import Outages, is_outage
from provisioning.workflows.failures.people import not_sent

COSTS_NOTHING = (PowerState.DEALLOCATED, PowerState.ABSENT)


async def power_now(cloud: Cloud, server: Server) -> PowerState:
    """Return the power state of the server's machine, `UNKNOWN` if the cloud does not say it."""
    try:
        return (await cloud.machines.power_states([server.id]))[server.id]
    except (NotYet, PermanentError):
        return PowerState.UNKNOWN


@dataclass(frozen=True)
class FailedStop:
    """A stop that the cloud has refused: the server runs on, and its users get in again.

    `is_news` is the cleanup's, which tries its stops again (`AddedSteps.refused_stop`).
    """

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    is_news: Callable[[Server, str], Awaitable[bool]] | None

    def on_failure(self) -> OnFailure:
        """Return what follows the failure."""
        return OnFailure(self.settle, self.notify, self.clean_up, self.correct)

    async def notify(self, server: Server, failed: FailedStep, anew: bool) -> None:
        """Show the card, in a new message if the owner does not know of the refusal."""
        if anew and self.is_news is not None and server.status is Status.RUNNING:
            anew = await self.is_news(server, failed.code)
        await self.cards.update_state(server, as_new_message=anew)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Set the server to running, with the reason.

        A stopped machine stays so: only a message failed.
        """
        if server.status is Status.STOPPED:
            return
        text = N_(
            "It could not be stopped: {reason} It still runs and costs money.",
            reason=failed.reason,
        )
        await Rows(self.store, self.clock).settle(
            server,
            Status.RUNNING,
            Failure(text, failed.code, Job.STOP),
            stopped_at=None,
            remains=Remains(Job.STOP),
        )

    async def clean_up(self, server: Server) -> None:
        """Admit the users again, whom the stop had closed out; or note that the machine is off."""
        power = (await self.cloud.machines.power_states([server.id]))[server.id]
        if power is PowerState.RUNNING:
            await self.people.admit(server)
        elif power is PowerState.DEALLOCATED:
            now = self.clock.now()
            await self.store.update(
                server.id,
                server.generation,
                Event(now, ENGINE, "stopped", server.id, "ok", server.name),
                status=Status.STOPPED,
                failure=None,
                stopped_at=now,
                password=PasswordHidden(),
            )

    async def correct(self, server: Server, failed: FailedStep) -> None:
        """Have the access list applied again, as soon as the machine can be reached."""
        text = N_(
            "{failure} Sign-in may be closed, and opens again by itself: {reason}",
            failure=server.failure.text if server.failure else "",
            reason=failed.reason,
        )
        await Rows(self.store, self.clock).settle(
            server,
            server.status,
            Failure(text, failed.code, Job.STOP),
            access_list=server.access_list.due_again,
            remains=None,
        )


@dataclass(frozen=True)
class FailedStart:
    """A start, a restart or a repair that has failed.

    A machine that can't be reached is stopped again. One whose notebook does not work stays on.
    """

    cloud: Cloud
    store: ServerStore
    clock: Clock
    outages: Outages

    def on_failure(self, job: Job) -> OnFailure:
        """Return what follows the failure of a start or a restart."""

        async def settle(server: Server, failed: FailedStep) -> None:
            await self.settle(server, failed, job)

        return OnFailure(settle, clean_up=self.clean_up, correct=self.correct)

    async def settle(self, server: Server, failed: FailedStep, job: Job) -> None:
        """Set the server to stopped, with the reason. A server that works keeps running.

        So does one whose machine the cloud refused to restart: its work goes on.
        """
        rows = Rows(self.store, self.clock)
        if server.status is Status.RUNNING:
            if failed.name == "invite":
                await rows.settle(server, Status.RUNNING, not_sent(failed))
            return
        if failed.name == "reboot":
            text = N_("It could not be restarted: {reason}", reason=failed.reason)
            failure = Failure(text, failed.code, job)
            await rows.settle(server, Status.RUNNING, failure, remains=Remains(job))
            return
        text = N_("It could not be started: {reason}", reason=failed.reason)
        if job is Job.START and is_outage(failed):
            text = N_("It did not come up after the start: {reason}", reason=failed.reason)
        if job is Job.RESTART:
            text = N_("It did not come up again after the restart: {reason}", reason=failed.reason)
        if job is Job.REPAIR:
            text = N_("It could not be repaired: {reason}", reason=failed.reason)
        if is_outage(failed):
            await self.outages.settle(server, Failure(text, failed.code, job))
            return
        await rows.settle(
            server,
            Status.STOPPED,
            Failure(text, failed.code, job),
            stopped_at=self.clock.now(),
            remains=Remains(job),
        )

    async def clean_up(self, server: Server) -> None:
        """Stop a machine that can't be reached and would only cost money; add another's log."""
        if server.outage is not None:
            await self.outages.add_log(server)
            return
        if server.status is Status.RUNNING:
            power = (await self.cloud.machines.power_states([server.id]))[server.id]
            if power is PowerState.RUNNING:
                return
            now, status = self.clock.now(), Status.STOPPED
            event = Event(now, ENGINE, status.value, server.id, "ok", server.name)
            hidden = PasswordHidden()
            await self.store.update(
                server.id,
                server.generation,
                event,
                status=status,
                stopped_at=now,
                password=hidden,
            )
        await self.cloud.machines.stop(server.id)

    async def correct(self, server: Server, failed: FailedStep) -> None:
        """Write that the machine may still run and cost money, unless it is known to be off."""
        rows = Rows(self.store, self.clock)
        if server.status is Status.RUNNING or await power_now(self.cloud, server) in COSTS_NOTHING:
            await rows.cleaned(server)
            return
        text = N_(
            "{failure} Its machine could not be stopped again: {reason} So it may still run and "
            "cost money. Try to stop it, or tell an admin.",
            failure=server.failure.text if server.failure else "",
            reason=failed.reason,
        )
        failure = Failure(text, failed.code, Job.STOP)
        await rows.settle(server, Status.RUNNING, failure, stopped_at=None, remains=None)
