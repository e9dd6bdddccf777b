"""One card a server in its owner's DM.

Progress is level-triggered: a server is marked, and one worker draws its latest row when
the budget of edits allows. Results are drawn at once, under a lock for each server, so
that a late progress can't cover them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.messages.update_budget import UpdateBudget
from bot.slack.access import Admins
from bot.slack.direct_messages import CardGoneError, DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from bot.slack.languages import SlackLanguages
from handlers.access import alarms, share_cards
from handlers.kit.blocks import Message
from handlers.notebooks import packages
from handlers.servers import cards, progress_card
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Share
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import Store
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.estimates import Estimates

log = structlog.get_logger(__name__)


async def nobody_stops(_owner: str) -> IdlePolicy | None:
    """No rules are known."""
    return None


class SlackCardMessages(CardMessages):
    """Cards and invitations in Slack DMs."""

    def __init__(
        self,
        client: AsyncWebClient,
        store: Store,
        clock: Clock,
        updates_per_minute: int,
        admins: Admins,
        languages: SlackLanguages,
        rules_of: Callable[[str], Awaitable[IdlePolicy | None]] = nobody_stops,
    ) -> None:
        """`rules_of`: by which an owner's servers stop for want of use."""
        self._messages = DirectMessages(client)
        self._admins = admins
        self._languages = languages
        self._rules_of = rules_of
        self._store = store
        self._clock = clock
        self._estimates = Estimates(store)
        self._budget = UpdateBudget(updates_per_minute)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._began: dict[str, dict[Stage, datetime]] = {}
        self._marked: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._first_cards: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin to draw progress."""
        self._worker = asyncio.get_running_loop().create_task(self._draw_progress())

    async def close(self) -> None:
        """Stop; what is not drawn is drawn by the next process."""
        tasks = [*self._first_cards.values(), *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @override
    async def update_progress(self, server: Server) -> None:
        self._began.setdefault(server.id, {}).setdefault(server.stage, self._clock.now())
        if (server.card and server.card.ts) or server.id in self._first_cards:
            self._mark(server.id)
            return
        # A first card is no edit and waits for no budget: people look for it.
        task = asyncio.get_running_loop().create_task(self._draw_or_mark(server.id))
        self._first_cards[server.id] = task
        task.add_done_callback(lambda _: self._first_cards.pop(server.id, None))

    @override
    async def post_ready(
        self, server: Server, password: str, *, as_new_message: bool = False
    ) -> Delivery:
        rules = await self._rules_of(server.owner)
        card = await self._languages.drawn(server.owner, cards.ready_card, server, password, rules)
        return await self._show(server, card, as_new_message, cards.replaced_password_card)

    @override
    async def update_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        card = await self._languages.drawn(server.owner, cards.state_card, server)
        return await self._show(server, card, as_new_message, cards.moved_card)

    async def _show(
        self,
        server: Server,
        card: Message,
        as_new_message: bool,
        older_card: Callable[[Server], Message],
    ) -> Delivery:
        if not as_new_message:
            return await self._result(server, card, self._replace)
        older = await self._store.get(server.id)
        delivery = await self._result(server, card, self._append)
        if older is not None and older.card and older.card.ts not in ("", delivery.ts):
            card = await self._languages.drawn(older.owner, older_card, older)
            await self._redraw_older(older.id, older.card, card)
        return delivery

    @override
    async def notify_host_key_changed(self, server: Server) -> None:
        # Tried again as a whole: rather twice than never.
        log.error("host key changed", server=server.id, name=server.name, address=server.address)
        letters = [(admin, alarms.host_key_alarm) for admin in await self._admins()]
        letters.append((server.owner, alarms.host_key_warning))
        try:
            for user_id, draw in letters:
                message = await self._languages.drawn(user_id, draw, server)
                await self._messages.send(user_id, message)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    @override
    async def post_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        draw = packages.packages_progress_card
        card = await self._languages.drawn(server.owner, draw, server, ending)
        try:
            if place is not None:
                with suppress(CardGoneError):
                    async with self._budget.edit():
                        await self._messages.edit(place, card)
                    return place
            return await self._messages.post_to(server.owner, card)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    @override
    async def post_invitation(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        draw = share_cards.shared_card
        card = await self._languages.drawn(share.member, draw, server, share, password, expires_at)
        try:
            delivery = await self._messages.post_to(share.member, card)
        except FAILURES as error:
            raise as_delivery_error(error) from None
        older = share_cards.older_invitation_card
        await self._redraw_share(share, await self._languages.drawn(share.member, older, server))
        return delivery

    @override
    async def update_invitation(self, server: Server, share: Share) -> None:
        card = await self._languages.drawn(share.member, share_cards.ended_card, server, share)
        await self._redraw_share(share, card)

    async def _redraw_share(self, share: Share, card: Message) -> None:
        """Where there is a message of that share; a chat that is down is no reason to wait."""
        if not share.card_ts:
            return
        try:
            async with self._budget.edit():
                await self._messages.edit(Delivery(share.card_channel, share.card_ts), card)
        except (*FAILURES, CardGoneError) as error:
            log.info("share not redrawn", server=share.server_id, error=error_code(error))

    async def deliver(self, user_id: str, message: Message) -> None:
        """A DM that must not get lost. Raises `DeliveryError` if Slack did not take it."""
        try:
            await self._messages.post_to(user_id, message)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def whisper(self, user_id: str, message: Message) -> None:
        """A DM that belongs to no server."""
        await self._messages.whisper(user_id, message)

    def _lock(self, server_id: str) -> asyncio.Lock:
        lock = self._locks.get(server_id)
        if lock is None:
            lock = self._locks[server_id] = asyncio.Lock()
        return lock

    def _mark(self, server_id: str) -> None:
        self._marked[server_id] = None
        self._wake.set()

    async def _draw_progress(self) -> None:
        while True:
            await self._wake.wait()
            while self._marked:
                async with self._budget.edit_when_there_is_more():
                    if self._marked:  # a result may have come first
                        server_id = next(iter(self._marked))
                        del self._marked[server_id]
                        await self._draw_or_mark(server_id)
            self._wake.clear()

    async def _draw_or_mark(self, server_id: str) -> None:
        """Draw the progress; where Slack has no time for it now, do so later."""
        try:
            await self._draw_row(server_id)
        except FAILURES as error:
            code = error_code(error)
            log.info("progress not drawn", server=server_id, error=code)
            if not isinstance(error, SlackApiError) or code == "ratelimited":
                self._budget.pause(as_delivery_error(error).retry_in)
                self._mark(server_id)
        except Exception:
            log.exception("progress not drawn", server=server_id)

    async def _draw_row(self, server_id: str) -> None:
        async with self._lock(server_id):
            server = await self._store.get(server_id)
            if server is None or server.status is not Status.CREATING:
                return
            began = self._began.get(server_id, {})
            usual = await self._estimates.creation(get_platform(server.platform), server.size)
            card = await self._languages.drawn(
                server.owner,
                progress_card.creation_progress_card,
                server,
                self._clock.now(),
                began,
                usual,
            )
            await self._replace(server, card)

    async def _result(
        self,
        server: Server,
        card: Message,
        draw: Callable[[Server, Message], Awaitable[Delivery]],
    ) -> Delivery:
        self._marked.pop(server.id, None)
        self._began.pop(server.id, None)
        try:
            async with self._budget.edit(), self._lock(server.id):
                return await draw(await self._store.get(server.id) or server, card)
        except FAILURES as error:
            refusal = as_delivery_error(error)
            if error_code(error) == "ratelimited":
                self._budget.pause(refusal.retry_in)
            raise refusal from None

    async def _append(self, server: Server, card: Message) -> Delivery:
        """Below everything else; where an earlier try's answer was lost, onto its message."""
        if server.card is None or not server.card.ts:
            return await self._replace(server, card)
        posted = await self._messages.find(server, server.card.channel, after=server.card.ts)
        if posted is not None:
            with suppress(CardGoneError):
                await self._messages.edit(posted, card)
                await self._store.set_card(server.id, posted)
                return posted
        return await self._post(server, card)

    async def _replace(self, server: Server, card: Message) -> Delivery:
        """Edit the card where it is, or post it where there is none."""
        place = await self._find_card(server)
        if place is not None:
            with suppress(CardGoneError):
                await self._messages.edit(place, card)
                return place
        return await self._post(server, card)

    async def _find_card(self, server: Server) -> Delivery | None:
        if server.card is None or server.card.ts:
            return server.card
        # A channel without a message: a crash (or a lost answer) came between posting the
        # card and writing down its place. Look whether it is there.
        place = await self._messages.find(server, server.card.channel)
        if place is not None:
            await self._store.set_card(server.id, place)
        return place

    async def _post(self, server: Server, card: Message) -> Delivery:
        if server.card is None:
            channel = await self._messages.channel(server.owner)
            await self._store.set_card(server.id, Delivery(channel, ""))
        place = await self._messages.post(server, card)
        await self._store.set_card(server.id, place)
        return place

    async def _redraw_older(self, server_id: str, place: Delivery, card: Message) -> None:
        try:
            await self._messages.edit(place, card)
        except (*FAILURES, CardGoneError) as error:
            log.info("older card not changed", server=server_id, error=error_code(error))
