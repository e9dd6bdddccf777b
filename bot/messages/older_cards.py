"""The cards above a server's newest one: they are deleted, so that a DM has one card a server.

Slack may refuse that, and a crash may come before it. So the end of the older cards is due work
from before the newer card is posted until each of them is gone.
"""

from dataclasses import dataclass
from functools import partial

from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error
from bot.slack.posts import older_card_of
from handlers.servers import cards
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Due, DueWork, due_on


@dataclass(frozen=True)
class OlderCards:
    """The older cards of servers, in their owners' DMs."""

    messages: DirectMessages
    due: DueWork

    async def expect(self, server: Server) -> Due | None:
        """Note that the older cards are to go. Return None if that is noted already."""
        work = due_on(Job.REDRAW, server, f"older-{server.generation}")
        if work in await self.due.of(server.id):
            return None
        await self.due.add(work)
        return work

    async def changed(self, work: Due) -> None:
        """Note that the older cards are gone."""
        await self.due.done([work.id])

    async def remove(self, server: Server, place: Delivery, *, must_arrive: bool = False) -> bool:
        """Delete an older card; return whether it is gone, as `DirectMessages.remove` does."""
        return await self.messages.remove(
            server.owner,
            place,
            partial(cards.moved_card, server),
            must_arrive=must_arrive,
            mark=older_card_of(server),
        )

    async def hide_passwords(self, server: Server, shown: Delivery) -> bool:
        """Delete the owner's other messages of the server that show a password.

        Return False if one may be left.
        """
        found = await self.messages.messages_with_password(server.owner, server, shown)
        if found is None:
            return False
        return all([await self.remove(server, each) for each in found])

    async def redraw(self, server: Server) -> None:
        """Delete each older card that still looks like the newest one.

        Raises:
            DeliveryError: if Slack does not show them, or refuses to delete one.
        """
        if server.card is None or not server.card.ts:
            return
        try:
            older = await self.messages.posts.older_cards(server, server.card)
        except FAILURES as error:
            raise as_delivery_error(error) from None
        for place in older:
            await self.remove(server, place, must_arrive=True)
