"""The cards above a server's newest one: none keeps a state, a button or a password.

Slack announces no edit and may refuse one, and a crash may come before it. So the change of the
older cards is due work from before the newer card is posted until each of them is changed.
"""

from dataclasses import dataclass
from functools import partial

from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error
from bot.slack.posts import older_card_of
from handlers.servers import cards
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Due, DueWork, due_on


@dataclass(frozen=True)
class OlderCards:
    """The older cards of servers, in their owners' DMs."""

    messages: DirectMessages
    due: DueWork

    async def expect(self, server: Server) -> Due | None:
        """Note that the older cards are to change. Return None if that is noted already."""
        work = due_on(Job.REDRAW, server, f"older-{server.generation}")
        if work in await self.due.of(server.id):
            return None
        await self.due.add(work)
        return work

    async def changed(self, work: Due) -> None:
        """Note that the older cards have changed."""
        await self.due.done([work.id])

    async def redraw(self, server: Server) -> None:
        """Draw each older card again that still looks like the newest one.

        Raises:
            DeliveryError: if Slack does not show them, or refuses an edit.
        """
        if server.card is None or not server.card.ts:
            return
        try:
            older = await self.messages.posts.older_cards(server, server.card)
        except FAILURES as error:
            raise as_delivery_error(error) from None
        for place, shows_password in older.items():
            draw = cards.replaced_password_card if shows_password else cards.moved_card
            await self.messages.update(
                server.owner,
                place,
                partial(draw, server),
                must_arrive=True,
                mark=older_card_of(server),
            )
