"""A resize as steps: stop the machine, change its size, start it again if it was running.

The row keeps the present size until the notebook was verified with the new one. If the new size
fails, the machine gets its former size again, and the server runs as before.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Job, PasswordHidden, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.steps import DAY, Step, Workflow, notify
from provisioning.workflows.failures.outage import Outages
from provisioning.workflows.failures.resize import FailedResize, status_before, was_on

_PATIENCE = 1800.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Resizing:
    """The steps of a resize.

    `comes_up` are the steps from a started machine to a verified notebook.
    """

    cloud: Cloud
    prices: Prices
    cards: CardMessages
    store: ServerStore
    clock: Clock
    people: Admission
    comes_up: tuple[Step, ...]
    outages: Outages

    def workflow(self) -> Workflow:
        """Return the workflow; a stopped server stays stopped."""
        failed = FailedResize(
            self.cloud, self.store, self.clock, self.people, self.comes_up, self.outages
        )
        return Workflow(
            Job.RESIZE,
            (
                Step("announce", self.announce, optional=True),
                Step("turn_off", self.turn_off, patience=_PATIENCE),
                Step("resize", self.resize, patience=_PATIENCE),
                Step("turn_on", self.turn_on, patience=_PATIENCE),
                *(replace(each, run=_if_on(each.run)) for each in self.comes_up),
                Step("settle", self.settle),
                notify("tell", self.cards),
                Step("invite", self.people.invite, patience=DAY),
            ),
            failed.on_failure(),
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
        """Change size and disk of the stopped machine: Azure grows no system disk in use.

        A disk that has grown stays so, whatever becomes of the new size.
        """
        if server.resize is None:
            return
        if server.resize.disk_gb:
            await self.cloud.machines.grow_disk(server.id, server.resize.disk_gb)
            disk_gb = server.resize.disk_gb
            price = await self.prices.disk_per_month(disk_gb, server.region)
            event = Event(self.clock.now(), ENGINE, "disk", server.id, "ok", f"{disk_gb} GB")
            await self.store.update(
                server.id, server.generation, event, disk_gb=disk_gb, disk_price=price
            )
        await self.cloud.machines.resize(server.id, server.resize.size)

    async def turn_on(self, server: Server) -> None:
        """Start the machine again if it was running before."""
        if was_on(server):
            await self.cloud.machines.start(server.id)

    async def settle(self, server: Server) -> None:
        """Store the new size and price in the server's row."""
        if server.status is not Status.RESIZING or server.resize is None:
            return
        detail = f"{server.name} {server.size} -> {server.resize.size}"
        if server.resize.disk_gb:
            detail += f", disk {server.resize.disk_gb} GB"
        await self.store.update(
            server.id,
            server.generation,
            Event(self.clock.now(), ENGINE, "resized", server.id, "ok", detail),
            status=status_before(server),
            size=server.resize.size,
            price_per_hour=server.resize.price,
            resize=None,
            failure=None,
            outage=None,
            password=PasswordHidden(),
        )


def _if_on(run: Callable[[Server], Awaitable[None]]) -> Callable[[Server], Awaitable[None]]:
    async def guarded(server: Server) -> None:
        if was_on(server):
            await run(server)

    return guarded
