"""Who tells owners and admins what the scheduled cleanup does: messages of their own, apart
from a server's card, so that they are noticed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.admins import Admins
from bot.direct_messages import CardGoneError, DirectMessages
from bot.languages import Languages
from bot.slack_errors import FAILURES, as_delivery_error
from handlers import notices
from handlers.mrkdwn import Message
from provisioning.model import Delivery, Server
from provisioning.reconcile import Orphan
from provisioning.watch import Watch

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class SlackTeller:
    """See `provisioning.watch.Teller` and `provisioning.reconcile.Reporter`. `admins`
    tells who they are now."""

    def __init__(self, client: AsyncWebClient, admins: Admins, languages: Languages) -> None:
        self._messages = DirectMessages(client)
        self._admins = admins
        self._languages = languages

    async def show_notice(self, server: Server, watch: Watch) -> Delivery:
        """See `Teller.show_notice`."""
        notice = watch.history.notice
        key = f"{server.id}:{notice.kind}:{notice.made_at.isoformat()}" if notice else server.id
        card = await self._for_owner(server, notices.warning_card, watch)
        return await _delivered(self._messages.post_once(server, card, key))

    async def redraw_notice(self, server: Server, watch: Watch) -> None:
        """See `Teller.redraw_notice`."""
        if watch.place is None:
            return
        try:
            card = await self._for_owner(server, notices.outcome_card, watch)
            await _delivered(self._messages.edit(watch.place, card))
        except CardGoneError:
            log.info("notice is gone", server=server.id)

    async def show_end(self, server: Server, watch: Watch) -> None:
        """See `Teller.show_end`."""
        key = f"{server.id}:end:{server.generation}"
        card = await self._for_owner(server, notices.end_card, watch)
        await _delivered(self._messages.post_once(server, card, key))
        await self.redraw_notice(server, watch)

    async def tell_unseen(self, server: Server, since: datetime, why: str) -> None:
        """See `Teller.tell_unseen`."""
        await self._tell_admins(notices.unseen_message, server, since, why)

    async def tell_orphan(self, orphan: Orphan) -> None:
        """See `Reporter.tell_orphan`."""
        await self._tell_admins(notices.orphan_message, orphan)

    async def tell_vanished(self, server: Server) -> None:
        """See `Reporter.tell_vanished`."""
        message = await self._for_owner(server, notices.vanished_message)
        await _delivered(self._messages.post_once(server, message, f"{server.id}:vanished"))

    async def _for_owner(
        self,
        server: Server,
        draw: Callable[Concatenate[Server, P], Message],
        *args: P.args,
        **options: P.kwargs,
    ) -> Message:
        return await self._languages.drawn(server.owner, draw, server, *args, **options)

    async def _tell_admins(
        self, draw: Callable[P, Message], *args: P.args, **options: P.kwargs
    ) -> None:
        async def tell(admin: str) -> None:
            message = await self._languages.drawn(admin, draw, *args, **options)
            await self._messages.whisper(admin, message)

        await asyncio.gather(*map(tell, await self._admins()))


async def _delivered(work: Awaitable[T]) -> T:
    try:
        return await work
    except FAILURES as error:
        raise as_delivery_error(error) from None
