"""The place of a server's card in Slack: edit the card there, or post it and store its place.

The row says before each post that a card may be in the DM. So if a crash or a lost answer comes
before the place is stored, the next drawing looks for that card, whatever it draws.
"""

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
        newer = await self._newer(server)
        if newer is not None:
            with suppress(CardGoneError):
                await self.posts.edit(newer, card)
                return newer
        return await self._post(server, card)

    async def replace(self, server: Server, card: Message) -> Delivery:
        """Edit the newest card in its place, or post the server's first card."""
        place = await self._find(server)
        if place is not None:
            with suppress(CardGoneError):
                await self.posts.edit(place, card)
                return place
        return await self._post(server, card)

    async def _find(self, server: Server) -> Delivery | None:
        if server.card is None:
            return None
        return await self._newer(server) or (server.card if server.card.ts else None)

    async def _newer(self, server: Server) -> Delivery | None:
        """Find the card whose place got lost, and store it. None if no card's place may be lost."""
        if server.card is None or (server.card.ts and not server.newer_card):
            return None
        place = await self.posts.find(server.card.channel, card_of(server), after=server.card.ts)
        if place is not None or server.newer_card:
            await self.store.set_card(server.id, place or server.card)
        return place

    async def _post(self, server: Server, card: Message) -> Delivery:
        channel = await self.posts.channel(server.owner)
        before = server.card or Delivery(channel, "")
        await self.store.set_card(server.id, before, newer_card=bool(before.ts))
        place = await self.posts.post(channel, card, card_of(server))
        await self.store.set_card(server.id, place)
        return place
