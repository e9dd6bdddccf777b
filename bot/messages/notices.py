"""Who tells owners and admins what the scheduled cleanup does: messages of their own, apart
from a server's card, so that they are noticed."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.access import Admins
from bot.slack.direct_messages import CardGoneError, DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error
from bot.slack.files import SlackFiles
from bot.slack.languages import SlackLanguages
from handlers.admin import handover_cards
from handlers.admin import notices as admin_notices
from handlers.idle import notices
from handlers.idle.last_output import notebooks_card, output_card
from handlers.kit.blocks import Message
from provisioning.admin.leavers import LeaverMessages
from provisioning.admin.orphans import Orphan
from provisioning.admin.reconcile import ReconcileMessages
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watch
from provisioning.members.quiet_hours import HeldMessage, Quiet

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)


class SlackCleanupMessages(CleanupMessages, ReconcileMessages, LeaverMessages):
    """Messages of the cleanup in Slack; `admins` returns the admins of the moment."""

    def __init__(
        self, client: AsyncWebClient, admins: Admins, languages: SlackLanguages, quiet: Quiet
    ) -> None:
        self._messages = DirectMessages(client)
        self._files = SlackFiles(client)
        self._admins = admins
        self._languages = languages
        self._quiet = quiet

    @override
    async def post_warning(self, server: Server, watch: Watch) -> Delivery:
        notice = watch.history.notice
        key = f"{server.id}:{notice.kind}:{notice.made_at.isoformat()}" if notice else server.id
        card = await self._for_owner(server, notices.warning_card, watch)
        return await _delivered(self._messages.post_once(server, card, key))

    @override
    async def update_warning(self, server: Server, watch: Watch) -> None:
        if watch.place is None:
            return
        try:
            card = await self._for_owner(server, notices.outcome_card, watch)
            await _delivered(self._messages.edit(watch.place, card))
        except CardGoneError:
            log.info("notice is gone", server=server.id)

    @override
    async def post_output(self, server: Server, output: LastOutput) -> None:
        key = f"{server.id}:output:{server.generation}"
        saved_at = datetime.now(UTC) - timedelta(seconds=output.saved_ago)
        card = await self._for_owner(server, output_card, output, saved_at)
        await _delivered(self._messages.post_once(server, card, key))
        if output.picture:
            name = f"{output.notebook.removesuffix('.ipynb')}.png"
            await self._files.send(server.owner, name, output.picture, output.notebook)

    @override
    async def post_notebooks(self, server: Server, archive: bytes, count: int) -> None:
        card = await self._for_owner(server, notebooks_card, count)
        key = f"{server.id}:notebooks:{server.generation}"
        await _delivered(self._messages.post_once(server, card, key))
        await self._files.send(server.owner, f"{server.name}.zip", archive, server.name)

    @override
    async def post_end(self, server: Server, watch: Watch) -> None:
        key = f"{server.id}:end:{server.generation}"
        card = await self._for_owner(server, notices.end_card, watch)
        await _delivered(self._messages.post_once(server, card, key))
        await self.update_warning(server, watch)

    @override
    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        await self._tell_admins(admin_notices.unseen_message, server, since, why)

    @override
    async def notify_orphan(self, orphan: Orphan) -> None:
        await self._tell_admins(admin_notices.orphan_message, orphan)

    @override
    async def notify_vanished(self, server: Server) -> None:
        message = await self._for_owner(server, notices.vanished_message)
        key = f"{server.id}:vanished"
        if not await self._held(server.owner, message, key):
            await _delivered(self._messages.post_once(server, message, key))

    async def tell(self, user_id: str, draw: Callable[[], Message]) -> None:
        """Something that nobody asked for, in that person's language and outside their quiet
        hours; a failure is logged."""
        message = await self._languages.drawn(user_id, draw)
        if not await self._held(user_id, message, f"{user_id}:{uuid.uuid4()}"):
            await self._messages.whisper(user_id, message)

    async def post_held(self, message: HeldMessage) -> None:
        """Post a message whose quiet hours have ended; raise `DeliveryError` on refusal."""
        content = Message(message.text, json.loads(message.blocks))
        await _delivered(self._messages.send(message.user_id, content))

    async def _held(self, user_id: str, message: Message, key: str) -> bool:
        until = await self._quiet.until(user_id)
        if until is not None:
            blocks = json.dumps(message.blocks, ensure_ascii=False)
            held = HeldMessage(key, user_id, until, text=message.text, blocks=blocks)
            await self._quiet.held.hold(held)
        return until is not None

    @override
    async def notify_leaver(self, owner: str, servers: Sequence[Server], now: datetime) -> None:
        for admin in await self._admins():
            card = await self._languages.drawn(admin, handover_cards.leaver_card, owner, servers)
            channel = await _delivered(self._messages.channel(admin))
            key = f"leaver:{owner}"
            await _delivered(self._messages.post_once_in(channel, card, key, now))

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
        await asyncio.gather(
            *(self.tell(admin, lambda: draw(*args, **options)) for admin in await self._admins())
        )


async def _delivered(work: Awaitable[T]) -> T:
    try:
        return await work
    except FAILURES as error:
        raise as_delivery_error(error) from None
