"""One card for each server, in the owner's DM.

Progress is level-triggered: an event marks its server, and one worker draws the server's latest
row when the budget of edits allows. Results are drawn at once, under a lock for each server, so
that a late progress card can't replace a result.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackApiError
from typing_extensions import override

from bot.messages.card_places import CardPlaces
from bot.messages.older_cards import OlderCards
from bot.messages.update_budget import UpdateBudget
from bot.messages.upkeep import SlackUpkeepMessages
from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from bot.slack.posts import invitation_of, once
from handlers.access import alarms, share_cards
from handlers.kit.blocks import Message
from handlers.servers import cards, progress_card
from handlers.servers.card_notes import no_password_message
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Share
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock, DueWork
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.estimates import Estimates

log = structlog.get_logger(__name__)


class SlackCardMessages(SlackUpkeepMessages, CardMessages):
    """Cards and invitations in Slack DMs."""

    def __init__(
        self,
        messages: DirectMessages,
        store: ServerStore,
        due: DueWork,
        clock: Clock,
        updates_per_minute: int,
        admins: Admins,
        rules_of: Callable[[str], Awaitable[IdlePolicy | None]],
        processes: Callable[[], int] = lambda: 1,
    ) -> None:
        """`rules_of` returns the cleanup's rules for an owner's servers.

        `processes` returns the number of processes that share Slack's limit of edits.
        """
        self._messages = messages
        self._places = CardPlaces(messages.posts, store)
        self._older = OlderCards(messages, due)
        self._admins = admins
        self._languages = messages.languages
        self._rules_of = rules_of
        self._store = store
        self._clock = clock
        self._estimates = Estimates(store)
        self._budget = UpdateBudget(updates_per_minute, processes)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._began: dict[str, dict[Stage, datetime]] = {}
        self._marked: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._first_cards: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Start the worker that draws progress."""
        self._worker = asyncio.get_running_loop().create_task(self._draw_progress())

    async def close(self) -> None:
        """Stop the worker; the next process draws the remaining progress."""
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
        # A first card is no edit, so it needs no budget: its owner waits for it.
        task = asyncio.get_running_loop().create_task(self._draw_or_mark(server.id))
        self._first_cards[server.id] = task
        task.add_done_callback(lambda _: self._first_cards.pop(server.id, None))

    @override
    async def post_ready(self, server: Server, password: str) -> Delivery:
        rules = await self._rules_of(server.owner)
        card = await self._languages.drawn(server.owner, cards.ready_card, server, password, rules)
        due = await self._older.expect(server)
        place, changed = await self._show(server, card, as_new_message=True)
        hidden = await self._older.hide_passwords(server, place)
        if due is not None and changed and hidden:
            await self._older.changed(due)
        return place

    @override
    async def update_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        due = await self._older.expect(server) if as_new_message else None
        card = await self._languages.drawn(server.owner, cards.state_card, server)
        place, changed = await self._show(server, card, as_new_message)
        if due is not None and changed:
            await self._older.changed(due)
        return place

    async def _show(
        self,
        server: Server,
        card: Message,
        as_new_message: bool,
    ) -> tuple[Delivery, bool]:
        """Return where the card is, and whether the older card, if any, is gone."""
        before, place = await self._result(server, card, as_new_message)
        if before.card is None or before.card.ts in ("", place.ts):
            return place, True
        return place, await self._older.remove(before, before.card)

    @override
    async def redraw_older(self, server: Server) -> None:
        await self._older.redraw(server)

    @override
    async def notify_host_key_changed(self, server: Server) -> None:
        # After a refusal the whole step is retried: better two alarms than none.
        log.error("host key changed", server=server.id, name=server.name, address=server.address)
        alarm_cards = [(admin, alarms.host_key_alarm) for admin in await self._admins()]
        alarm_cards.append((server.owner, alarms.host_key_warning))
        for user_id, draw in alarm_cards:
            await self._messages.send(
                user_id, partial(draw, server), must_arrive=True, after_quiet_hours=False
            )

    @override
    async def post_no_password(self, server: Server) -> None:
        key = f"{server.id}:no-password:{server.generation}"
        await self._messages.send(
            server.owner,
            partial(no_password_message, server),
            must_arrive=True,
            after_quiet_hours=False,
            once=once(key, server.created_at),
        )

    @override
    async def post_invitation(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        draw = partial(share_cards.shared_card, server, share, password, expires_at)
        place = await self._messages.send(
            share.member,
            draw,
            must_arrive=True,
            after_quiet_hours=False,
            once=invitation_of(server, share),
        )
        older = partial(share_cards.older_invitation_card, server)
        await self._redraw_share(share, older)
        await self._hide_passwords(share, server, older, place)
        return place

    @override
    async def update_invitation(self, server: Server, share: Share) -> None:
        draw = partial(share_cards.ended_card, server, share)
        await self._redraw_share(share, draw)
        await self._hide_passwords(share, server, draw)

    async def _hide_passwords(
        self, share: Share, server: Server, draw: Callable[[], Message], *shown: Delivery
    ) -> None:
        """Draw the member's messages of the server again that show a password, all but `shown`."""
        messages = self._messages
        for place in await messages.messages_with_password(share.member, server, *shown) or []:
            await messages.update(share.member, place, draw, must_arrive=False)

    async def _redraw_share(self, share: Share, draw: Callable[[], Message]) -> None:
        """Draw a share's message again, if it has been posted; a failure is logged."""
        if share.card_ts:
            place = Delivery(share.card_channel, share.card_ts)
            async with self._budget.edit():
                await self._messages.update(share.member, place, draw, must_arrive=False)

    async def _now(self, server: Server) -> Server:
        return await self._store.get(server.id) or server

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
        """Draw the progress; after a refused request, draw it later."""
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
            await self._places.replace(server, card)

    async def _result(
        self, server: Server, card: Message, as_new_message: bool
    ) -> tuple[Server, Delivery]:
        """Return the server before and the card's place; an edit alone waits for the budget."""
        self._marked.pop(server.id, None)
        self._began.pop(server.id, None)
        try:
            if as_new_message:
                async with self._lock(server.id):
                    before = await self._now(server)
                    return before, await self._places.append(before, card)
            async with self._budget.edit(), self._lock(server.id):
                before = await self._now(server)
                return before, await self._places.replace(before, card)
        except FAILURES as error:
            refusal = as_delivery_error(error)
            if error_code(error) == "ratelimited":
                self._budget.pause(refusal.retry_in)
            raise refusal from None
