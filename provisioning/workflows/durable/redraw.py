"""The update of a card from the server's row, if no other workflow updates it."""

from dataclasses import dataclass

from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.workflows.durable.endings import OnFailure
from provisioning.workflows.durable.steps import DAY, Step, Workflow


@dataclass(frozen=True)
class Redrawing:
    """The update of a card."""

    cards: CardMessages
    on_failure: OnFailure

    def workflow(self) -> Workflow:
        """Return the workflow of one step."""
        return Workflow(Job.REDRAW, self.steps, self.on_failure)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps with which other workflows end."""
        return (Step("redraw", self.run, patience=DAY),)

    async def run(self, server: Server) -> None:
        """Update the card, and the older cards that still look like the newest.

        A running server's card that shows a password is left as it is, since the bot could not
        show that again.
        """
        shows_password = server.password is not None and server.password.shown_at is not None
        if server.status is Status.CREATING:
            await self.cards.update_progress(server)
        elif server.status is not Status.RUNNING or not shows_password:
            await self.cards.update_state(server)
        await self.cards.redraw_older(server)
