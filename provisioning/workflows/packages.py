"""The installation of a server's Python packages as a workflow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provisioning.core.errors import PermanentError
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import FailedStep, OnFailure
from provisioning.workflows.durable.steps import Step, SupersededError, Workflow

_PATIENCE = 1800.0
"""Half an hour, in seconds, for a machine that can't be reached.

The installation itself ends or fails earlier.
"""


@dataclass(frozen=True)
class PackageWork:
    """The step that installs the list, or on failure resets the list to what is installed."""

    host: Host
    cards: CardMessages
    store: ServerStore
    clock: Clock
    access: Callable[[Server], Awaitable[HostAccess]]

    def workflow(self) -> Workflow:
        """Return the workflow of one step."""
        step = Step("install", self.install, patience=_PATIENCE)
        return Workflow(Job.PACKAGES, (step,), OnFailure(self.settle, notify=self.notify))

    async def install(self, server: Server) -> None:
        """Install the present list; a message to the owner shows the beginning and the result."""
        if not server.status.is_live:
            await self.cards.end_packages(server)
            return
        if server.status is not Status.RUNNING:
            raise SupersededError
        place = await self.cards.post_packages(server)
        try:
            await self.host.set_packages(await self.access(server), server.packages)
        except PermanentError as error:
            await self.settle(server, FailedStep("install", error.code, error.reason))
            await self.cards.post_packages(server, error.reason, place)
            return
        await self.store.update(server.id, server.generation, packages_applied=server.packages)
        await self.cards.post_packages(server, "", place)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Reset the list to the packages that are installed."""
        if server.packages == server.packages_applied:
            return
        wanted = " ".join(server.packages)
        event = Event(self.clock.now(), ENGINE, "packages", server.id, failed.code, wanted)
        await self.store.update(
            server.id, server.generation, event, packages=server.packages_applied
        )

    async def notify(self, server: Server, failed: FailedStep, _anew: bool) -> None:
        """Post the reason to the owner."""
        await self.cards.post_packages(server, failed.reason)
