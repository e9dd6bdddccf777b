"""The ends of drawings and messages that have failed for good.

No request has failed then: the server is as its row says. So the row keeps its state, and the
owner gets a new card.
"""

from dataclasses import dataclass

from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import FailedStep, OnFailure


@dataclass(frozen=True)
class FailedMessage:
    """A message about a server that could not be posted or drawn."""

    store: ServerStore
    cards: CardMessages
    clock: Clock

    def on_failure(self) -> OnFailure:
        """Return what follows. The admins hear of it, since Slack may be set up wrong."""
        steps = frozenset({"redraw", "tell_warning", "tell_held_end"})
        return OnFailure(self.settle, notify=self.notify, alarming=steps)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Write an audit event; the row stays as it is."""
        event = Event(
            self.clock.now(), ENGINE, "message_failed", server.id, failed.code[:40], failed.reason
        )
        await self.store.update(server.id, server.generation, event, generation=server.generation)

    async def notify(self, server: Server, _failed: FailedStep, _anew: bool) -> None:
        """Post a new card, unless the card shows a password, which could not be shown again."""
        if server.status is Status.CREATING:
            await self.cards.update_progress(server)
        elif server.password is None or server.password.shown_at is None:
            await self.cards.update_state(server, as_new_message=True)
