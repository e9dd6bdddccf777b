"""The place of a server's card in Slack: edit the card there, or post it and store its place."""

from contextlib import suppress
from dataclasses import dataclass

from bot.slack.posts import CardGoneError, Posts, card_of
from handlers.kit.blocks import Message
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.server import Server
from provisioning.core.ports.store import ServerStore


@dataclass(frozen=True)
class CardPlaces:
    """The places of cards. The caller holds the server's lock and the budget of edits.

    Every method raises what Slack's SDK raises (`bot.slack.errors.FAILURES`).
    """

    posts: Posts
    store: ServerStore

    async def append(self, server: Server, card: Message) -> Delivery:
        """Post the card as the newest message, or edit the one that an unanswered try posted."""
        if server.card is None or not server.card.ts:
            return await self.replace(server, card)
        posted = await self.posts.find(server.card.channel, card_of(server), after=server.card.ts)
        if posted is not None:
            with suppress(CardGoneError):
                await self.posts.edit(posted, card)
                await self.store.set_card(server.id, posted)
                return posted
        return await self._post(server, card)

    async def replace(self, server: Server, card: Message) -> Delivery:
        """Edit the card in its place, or post the server's first card."""
        place = await self._find(server)
        if place is not None:
            with suppress(CardGoneError):
                await self.posts.edit(place, card)
                return place
        return await self._post(server, card)

    async def _find(self, server: Server) -> Delivery | None:
        if server.card is None or server.card.ts:
            return server.card
        # A channel without a message: a crash or a lost answer came between posting the card
        # and storing its place. The card may be in the channel.
        place = await self.posts.find(server.card.channel, card_of(server))
        if place is not None:
            await self.store.set_card(server.id, place)
        return place

    async def _post(self, server: Server, card: Message) -> Delivery:
        channel = await self.posts.channel(server.owner)
        if server.card is None:
            await self.store.set_card(server.id, Delivery(channel, ""))
        place = await self.posts.post(channel, card, card_of(server))
        await self.store.set_card(server.id, place)
        return place
