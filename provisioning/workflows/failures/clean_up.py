"""The later clean-ups of what a failed workflow has left behind.

`Engine.recover` begins one each hour while the row says that something is left; the owner may
begin one at once. A clean-up that fails again changes nothing but the reason in the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioning.core.model.server import Job, Server
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import HOUR, FailedStep, OnFailure
from provisioning.workflows.durable.steps import Step, Workflow, notify


@dataclass(frozen=True)
class CleaningUp:
    """The workflow that cleans up once more; `failures` are the ends of the workflows, by name."""

    store: ServerStore
    cards: CardMessages
    clock: Clock
    failures: Mapping[str, OnFailure]

    def workflow(self) -> Workflow:
        """Return the workflow: the clean-up, then the card."""
        step = Step("again", self.again, patience=HOUR)
        on_failure = OnFailure(self.settle, notify=self.show)
        return Workflow(Job.CLEAN_UP, (step, notify("tell", self.cards)), on_failure)

    async def again(self, server: Server) -> None:
        """Clean up what the row says, and store that nothing is left."""
        if server.remains is None:
            return
        clean_up = self.failures[server.remains.job].clean_up
        if clean_up is not None:
            await clean_up(server)
        await self.store.update(server.id, server.generation, remains=None)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Write what is there, as after the first clean-up that failed."""
        correct = self.failures[server.remains.job].correct if server.remains else None
        if correct is not None:
            await correct(server, failed)

    async def show(self, server: Server, _failed: FailedStep, _anew: bool) -> None:
        """Draw the card where it is: its owner knows already."""
        await self.cards.update_state(server)
