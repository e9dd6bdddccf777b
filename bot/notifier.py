"""Notifier over Slack: one card a server in its owner's DM.

Progress is level-triggered: a server is marked, and one worker draws its latest row when
the budget of edits allows. Results are drawn at once, under a lock for each server, so
that a late progress can't cover them.
"""

import asyncio
from collections import defaultdict

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_errors import FAILURES, GONE, as_delivery_error, error_code
from bot.update_budget import UpdateBudget
from handlers import cards
from handlers.mrkdwn import Message
from provisioning.model import Delivery, Server, Status
from provisioning.ports import Clock, Store

METADATA_TYPE = "notebook_server"
_HISTORY_LOOKED_THROUGH = 100

log = structlog.get_logger(__name__)


class SlackNotifier:
    """See `provisioning.ports.Notifier`."""

    def __init__(
        self, client: AsyncWebClient, store: Store, clock: Clock, updates_per_minute: int
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._budget = UpdateBudget(updates_per_minute)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._channels: dict[str, str] = {}
        self._marked: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to draw progress."""
        self._worker = asyncio.get_running_loop().create_task(self._draw_progress())

    async def close(self) -> None:
        """Stop; what is not drawn is drawn by the next process."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def show_progress(self, server: Server) -> None:
        """See `Notifier.show_progress`."""
        self._marked[server.id] = None
        self._wake.set()

    async def show_ready(
        self, server: Server, password: str, *, as_new_message: bool = False
    ) -> Delivery:
        """See `Notifier.show_ready`."""
        older = await self._store.get(server.id)
        delivery = await self._result(server, cards.ready_card(server, password), as_new_message)
        if as_new_message and older is not None and older.card_ts:
            await self._take_password_off(older)
        return delivery

    async def show_failed(self, server: Server) -> None:
        """See `Notifier.show_failed`."""
        await self._result(server, cards.failed_card(server))

    async def show_deleted(self, server: Server) -> None:
        """See `Notifier.show_deleted`."""
        await self._result(server, cards.deleted_card(server))
        self._locks.pop(server.id, None)

    async def whisper(self, user_id: str, message: Message) -> None:
        """A DM that belongs to no server."""
        try:
            await self._client.chat_postMessage(
                channel=await self._channel(user_id), text=message.text, blocks=message.blocks
            )
        except FAILURES as error:
            log.warning("answer not delivered", user=user_id, error=error_code(error))

    async def _draw_progress(self) -> None:
        while True:
            await self._wake.wait()
            while self._marked:
                await self._budget.take_when_there_is_more()
                server_id = next(iter(self._marked))
                del self._marked[server_id]
                try:
                    await self._draw_row(server_id)
                except FAILURES as error:
                    log.info("progress not drawn", server=server_id, error=error_code(error))
                except Exception:
                    log.exception("progress not drawn", server=server_id)
            self._wake.clear()

    async def _draw_row(self, server_id: str) -> None:
        async with self._locks[server_id]:
            server = await self._store.get(server_id)
            if server is not None and server.status is Status.CREATING:
                await self._place(server, cards.progress_card(server, self._clock.now()))

    async def _result(
        self, server: Server, message: Message, as_new_message: bool = False
    ) -> Delivery:
        self._marked.pop(server.id, None)
        self._budget.take()
        async with self._locks[server.id]:
            try:
                row = await self._store.get(server.id)
                if as_new_message:
                    return await self._post(server, message)
                return await self._place(row or server, message)
            except FAILURES as error:
                raise as_delivery_error(error) from None

    async def _place(self, server: Server, message: Message) -> Delivery:
        """Edit the card where it is, or post it where there is none."""
        delivery = await self._find_card(server)
        if delivery is None:
            return await self._post(server, message)
        try:
            await self._client.chat_update(
                channel=delivery.channel,
                ts=delivery.ts,
                text=message.text,
                blocks=message.blocks,
            )
        except SlackApiError as error:
            if error_code(error) not in GONE:
                raise
            return await self._post(server, message)
        return delivery

    async def _find_card(self, server: Server) -> Delivery | None:
        if server.card_ts:
            return Delivery(server.card_channel, server.card_ts)
        if not server.card_channel:
            return None
        # A channel without a message: a crash (or a lost answer) came between posting the
        # card and writing down its place. Look whether it is there.
        answer = await self._client.conversations_history(
            channel=server.card_channel,
            limit=_HISTORY_LOOKED_THROUGH,
            oldest=str(server.created_at.timestamp()),
            include_all_metadata=True,
        )
        for message in answer["messages"]:
            metadata = message.get("metadata", {})
            payload = metadata.get("event_payload", {})
            if metadata.get("event_type") == METADATA_TYPE and payload.get("server") == server.id:
                delivery = Delivery(server.card_channel, message["ts"])
                await self._store.set_card(server.id, delivery)
                return delivery
        return None

    async def _post(self, server: Server, message: Message) -> Delivery:
        channel = await self._channel(server.owner)
        if not server.card_channel:
            await self._store.set_card(server.id, Delivery(channel, ""))
        answer = await self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": METADATA_TYPE, "event_payload": {"server": server.id}},
            unfurl_links=False,
        )
        delivery = Delivery(channel, answer["ts"])
        await self._store.set_card(server.id, delivery)
        return delivery

    async def _take_password_off(self, older: Server) -> None:
        why = "A newer one-time password was sent below; this one no longer works."
        message = cards.ready_card_without_password(older, why)
        try:
            await self._client.chat_update(
                channel=older.card_channel,
                ts=older.card_ts,
                text=message.text,
                blocks=message.blocks,
            )
        except FAILURES as error:
            log.info("older card not changed", server=older.id, error=error_code(error))

    async def _channel(self, user_id: str) -> str:
        if user_id not in self._channels:
            answer = await self._client.conversations_open(users=user_id)
            self._channels[user_id] = answer["channel"]["id"]
        return self._channels[user_id]
