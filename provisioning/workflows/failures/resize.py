"""The end of a resize that has failed for good: the former size, and the server as it was."""

from dataclasses import dataclass

from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, PasswordHidden, Remains, Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows
from provisioning.workflows.durable.steps import Ending, Step, failed_step, run_to_its_end
from provisioning.workflows.failures.outage import Outages, is_outage
from provisioning.workflows.failures.people import not_sent
from provisioning.workflows.failures.power import COSTS_NOTHING, power_now

_WITH_MACHINE_ON = frozenset({"announce", "turn_off"})
"""The steps during which a machine that was running still runs."""


def was_on(server: Server) -> bool:
    """Return whether the machine was running: a stopped server's row has the time of its stop."""
    return server.stopped_at is None


def status_before(server: Server) -> Status:
    """Return the server's state before the resize."""
    return Status.RUNNING if was_on(server) else Status.STOPPED


@dataclass(frozen=True)
class FailedResize:
    """A resize that has failed. `comes_up` are the steps to a verified notebook.

    The row keeps `Server.resize` until the machine has its former size, also where the clean-up
    fails: the next start gives it back then.
    """

    cloud: Cloud
    store: ServerStore
    clock: Clock
    people: Admission
    comes_up: tuple[Step, ...]
    outages: Outages

    def on_failure(self) -> OnFailure:
        """Return what follows the failure."""
        return OnFailure(self.settle, clean_up=self.clean_up, correct=self.correct)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Set the server to the state of its machine at that step, with the reason.

        A settled server stays so: only a message failed.
        """
        rows = Rows(self.store, self.clock)
        if failed.name == "invite" and server.status is Status.RUNNING:
            await rows.settle(server, server.status, not_sent(failed))
        if server.status is not Status.RESIZING:
            return
        runs = was_on(server) and failed.name in _WITH_MACHINE_ON
        text = N_("Its size stays {size}: {reason}", size=server.size, reason=failed.reason)
        wanted = server.resize.disk_gb if server.resize else 0
        if wanted and wanted == server.disk_gb:
            text = N_("Its disk has {gb} GB now, but: {reason}", gb=wanted, reason=failed.reason)
        elif wanted:
            text = N_("Its disk stays as it was: {reason}", reason=failed.reason)
        await rows.settle(
            server,
            Status.RUNNING if runs else Status.STOPPED,
            Failure(text, failed.code, Job.RESIZE),
            remains=Remains(Job.RESIZE),
            password=PasswordHidden(),
        )

    async def clean_up(self, server: Server) -> None:
        """Give the machine its former size, and start it again if it was running."""
        machines = self.cloud.machines
        power = (await machines.power_states([server.id]))[server.id]
        if server.status is Status.RUNNING and power is PowerState.RUNNING:
            await self.people.admit(server)
            await self.store.update(server.id, server.generation, resize=None)
            return
        if server.resize is not None:
            await machines.stop(server.id)
            await machines.resize(server.id, server.size)
            await self.store.update(server.id, server.generation, resize=None)
        if was_on(server):
            await machines.start(server.id)
            failed = await self._came_up(server)
            if failed is not None:
                await self._settle_outage(server, failed)
                return
            event = Event(self.clock.now(), ENGINE, "running", server.id, "ok", server.name)
            await self.store.update(
                server.id, server.generation, event, status=Status.RUNNING, outage=None
            )

    async def _came_up(self, server: Server) -> FailedStep | None:
        """Run the steps to a verified notebook; return the one at which only the notebook failed.

        Raises `PermanentError` if the machine can't be reached.
        """
        for step in self.comes_up:
            outcome = await run_to_its_end(self.store, step, server.id)
            failed = failed_step(step.name, outcome)
            if outcome["ending"] != Ending.FAILED or step.optional:
                continue
            if not is_outage(failed):
                raise PermanentError(failed.reason, failed.code, failed.remedy)
            return failed
        return None

    async def _settle_outage(self, server: Server, failed: FailedStep) -> None:
        """Write that the server runs as before, and its notebook does not come up."""
        text = N_(
            "{failure} And the notebook server does not come up again: {reason}",
            failure=server.failure.text if server.failure else "",
            reason=failed.reason,
        )
        await self.outages.settle(server, Failure(text, failed.code, Job.RESTART))
        await self.outages.add_log(await self.store.get(server.id) or server)

    async def correct(self, server: Server, failed: FailedStep) -> None:
        """Write whether the machine is off, or may still run and cost money."""
        failure = server.failure.text if server.failure else ""
        is_off = await power_now(self.cloud, server) in COSTS_NOTHING
        if is_off:
            text = N_(
                "{failure} The server is stopped, since it could not be started again: {reason}",
                failure=failure,
                reason=failed.reason,
            )
        else:
            text = N_(
                "{failure} It could not be brought back to how it was: {reason} So it may still "
                "run and cost money. Try to stop it, or tell an admin.",
                failure=failure,
                reason=failed.reason,
            )
        await Rows(self.store, self.clock).settle(
            server,
            Status.STOPPED if is_off else Status.RUNNING,
            Failure(text, failed.code, Job.RESIZE),
            stopped_at=(server.stopped_at or self.clock.now()) if is_off else None,
            access_list=server.access_list if is_off else server.access_list.due_again,
            remains=None,
        )
