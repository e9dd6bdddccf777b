"""A resize as steps: stop the machine, change its size, start it again if it was running.

The row keeps the present size until the notebook was verified with the new one. If the new size
fails, the machine gets its former size again, and the server runs as before.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from provisioning.core.errors import DeliveryError, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, PasswordHidden, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.steps import DAY, FailedEnding, Step, Workflow, notify

_PATIENCE = 1800.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Resizing:
    """The steps of a resize.

    `comes_up` are the steps from a started machine to a verified notebook.
    """

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    comes_up: tuple[Step, ...]

    def workflow(self) -> Workflow:
        """Return the workflow; a stopped server stays stopped."""
        return Workflow(
            Job.RESIZE,
            (
                Step("announce", self.announce),
                Step("turn_off", self.turn_off, patience=_PATIENCE),
                Step("resize", self.resize, patience=_PATIENCE),
                Step("turn_on", self.turn_on, patience=_PATIENCE),
                *(replace(each, run=_if_on(each.run)) for each in self.comes_up),
                Step("settle", self.settle),
                notify("tell", self.cards),
                Step("invite", self.people.invite, patience=DAY),
            ),
            on_failure=self.put_back,
        )

    async def announce(self, server: Server) -> None:
        """Show on the card what has begun. A failure of Slack does not hold up the workflow."""
        try:
            await self.cards.update_state(server)
        except DeliveryError as error:
            log.info("begun state not shown", server=server.id, reason=error.reason)

    async def turn_off(self, server: Server) -> None:
        """Deallocate the machine, since only other hardware in the region may have the size."""
        if (await self.cloud.machines.power_states([server.id]))[server.id] is PowerState.RUNNING:
            await self.people.hold(server)
        await self.cloud.machines.stop(server.id)

    async def resize(self, server: Server) -> None:
        """Change the size of the stopped machine."""
        if server.resize is not None:
            await self.cloud.machines.resize(server.id, server.resize.size)

    async def turn_on(self, server: Server) -> None:
        """Start the machine again if it was running before."""
        if _was_on(server):
            await self.cloud.machines.start(server.id)

    async def settle(self, server: Server) -> None:
        """Store the new size and price in the server's row."""
        if server.status is not Status.RESIZING or server.resize is None:
            return
        detail = f"{server.name} {server.size} -> {server.resize.size}"
        await self.store.update(
            server.id,
            server.generation,
            Event(self.clock.now(), ENGINE, "resized", server.id, "ok", detail),
            status=_status(server),
            size=server.resize.size,
            price_per_hour=server.resize.price,
            resize=None,
            failure=None,
            password=PasswordHidden(),
        )

    async def put_back(self, server: Server, code: str, reason: str) -> None:
        """Restore the former size and power state, and show the owner the reason."""
        if server.status is not Status.RESIZING:
            return
        failure = N_("Its size stays {size}: {reason}", size=server.size, reason=reason)
        try:
            await self.cloud.machines.stop(server.id)
            await self.cloud.machines.resize(server.id, server.size)
            await self.turn_on(server)
            for step in self.comes_up if _was_on(server) else ():
                await step.run(server)
        except PermanentError as error:
            log.warning("former size not restored", server=server.id, reason=error.reason)
            failure = N_(
                "{failure} The server is stopped, since it could not be started again: {reason}",
                failure=failure,
                reason=error.reason,
            )
            server = replace(server, stopped_at=self.clock.now())
        await FailedEnding(self.store, self.cards, self.clock).write(
            server,
            _status(server),
            Failure(failure, code),
            stopped_at=server.stopped_at,
            resize=None,
            password=PasswordHidden(),
        )


def _status(server: Server) -> Status:
    return Status.RUNNING if _was_on(server) else Status.STOPPED


def _was_on(server: Server) -> bool:
    """Return whether the machine was running: a stopped server's row has the time of its stop."""
    return server.stopped_at is None


def _if_on(run: Callable[[Server], Awaitable[None]]) -> Callable[[Server], Awaitable[None]]:
    async def guarded(server: Server) -> None:
        if _was_on(server):
            await run(server)

    return guarded
