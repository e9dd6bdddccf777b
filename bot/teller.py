"""Who tells owners and admins what the scheduled cleanup does: messages of their own, apart
from a server's card, so that they are noticed."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.admins import Admins
from bot.direct_messages import CardGoneError, DirectMessages
from bot.slack_errors import FAILURES, as_delivery_error, error_code
from handlers import notices
from handlers.mrkdwn import Message
from provisioning.model import Delivery, Server
from provisioning.reconcile import Orphan
from provisioning.watch import Watch

T = TypeVar("T")

log = structlog.get_logger(__name__)


class SlackTeller:
    """See `provisioning.watch.Teller` and `provisioning.reconcile.Reporter`. `admins`
    tells who they are now."""

    def __init__(self, client: AsyncWebClient, admins: Admins) -> None:
        self._messages = DirectMessages(client)
        self._admins = admins

    async def show_notice(self, server: Server, watch: Watch) -> Delivery:
        """See `Teller.show_notice`."""
        notice = watch.history.notice
        key = f"{server.id}:{notice.kind}:{notice.made_at.isoformat()}" if notice else server.id
        card = notices.warning_card(server, watch)
        return await _delivered(self._messages.post_once(server, card, key))

    async def redraw_notice(self, server: Server, watch: Watch) -> None:
        """See `Teller.redraw_notice`."""
        if watch.place is None:
            return
        try:
            card = notices.outcome_card(server, watch)
            await _delivered(self._messages.edit(watch.place, card))
        except CardGoneError:
            log.info("notice is gone", server=server.id)

    async def show_end(self, server: Server, watch: Watch) -> None:
        """See `Teller.show_end`."""
        key = f"{server.id}:end:{server.generation}"
        await _delivered(self._messages.post_once(server, notices.end_card(server, watch), key))
        await self.redraw_notice(server, watch)

    async def tell_unseen(self, server: Server, since: datetime, why: str) -> None:
        """See `Teller.tell_unseen`."""
        await self._tell_admins(notices.unseen_message(server, since, why))

    async def tell_orphan(self, orphan: Orphan) -> None:
        """See `Reporter.tell_orphan`."""
        await self._tell_admins(notices.orphan_message(orphan))

    async def tell_vanished(self, server: Server) -> None:
        """See `Reporter.tell_vanished`."""
        message = notices.vanished_message(server)
        await _delivered(self._messages.post_once(server, message, f"{server.id}:vanished"))

    async def _tell_admins(self, message: Message) -> None:
        admins = await self._admins()
        await asyncio.gather(*(self._messages.whisper(admin, message) for admin in admins))


class SlackPeople:
    """See `provisioning.watch.People`."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._zones: dict[str, str] = {}

    async def zone(self, user_id: str) -> str:
        """See `People.zone`. Asked once a process: people move seldom."""
        if user_id not in self._zones:
            try:
                answer = await self._client.users_info(user=user_id)
            except FAILURES as error:
                log.info("time zone not known", user=user_id, error=error_code(error))
                return ""
            self._zones[user_id] = str(answer["user"].get("tz") or "")
        return self._zones[user_id]


async def _delivered(work: Awaitable[T]) -> T:
    try:
        return await work
    except FAILURES as error:
        raise as_delivery_error(error) from None
