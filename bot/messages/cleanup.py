"""The cleanup's messages, posted apart from a server's card so that owners notice them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from typing_extensions import override

from bot.messages.admin import notify_admins
from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import once
from handlers.admin import notices as admin_notices
from handlers.idle import notices
from handlers.idle.last_output import notebooks_card, output_card, unread_card
from handlers.kit.blocks import Message
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server
from provisioning.idle.messages import CleanupMessages, Rescued
from provisioning.idle.watch import Watch


class SlackCleanupMessages(CleanupMessages):
    """The cleanup's messages in DMs; `admins` returns the current admins."""

    def __init__(self, messages: DirectMessages, admins: Admins) -> None:
        self._messages, self._admins = messages, admins

    @override
    async def post_warning(self, server: Server, watch: Watch) -> Delivery:
        notice = watch.history.notice
        key = f"{server.id}:{notice.kind}:{notice.made_at.isoformat()}" if notice else server.id
        return await self._post_once(server, key, partial(notices.warning_card, server, watch))

    @override
    async def update_warning(self, server: Server, watch: Watch) -> None:
        if watch.place is not None:
            draw = partial(notices.outcome_card, server, watch)
            await self._messages.update(server.owner, watch.place, draw, must_arrive=True)

    @override
    async def post_output(self, server: Server, output: LastOutput) -> None:
        key = f"{server.id}:output:{server.generation}"
        saved_at = datetime.now(UTC) - timedelta(seconds=output.saved_ago)
        await self._post_once(server, key, partial(output_card, server, output, saved_at))
        if output.picture:
            name = f"{output.notebook.removesuffix('.ipynb')}.png"
            await self._messages.send_file(server.owner, name, output.picture, output.notebook)

    @override
    async def post_notebooks(self, server: Server, found: Rescued) -> None:
        key = f"{server.id}:notebooks:{server.generation}"
        await self._post_once(server, key, partial(notebooks_card, server, found))
        if found.archive:
            name = f"{server.name}.zip"
            await self._messages.send_file(server.owner, name, found.archive, server.name)

    @override
    async def post_unread(self, server: Server, reason: str) -> None:
        key = f"{server.id}:notebooks:{server.generation}"
        await self._post_once(server, key, partial(unread_card, server, reason))

    @override
    async def post_end(self, server: Server, watch: Watch) -> None:
        key = f"{server.id}:end:{server.generation}"
        await self._post_once(server, key, partial(notices.end_card, server, watch))
        await self.update_warning(server, watch)

    @override
    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        draw = partial(admin_notices.unseen_message, server, since, why)
        await notify_admins(self._messages, self._admins, draw)

    async def _post_once(self, server: Server, key: str, draw: Callable[[], Message]) -> Delivery:
        """Post at once: the engine's step has checked the owner's quiet hours."""
        return await self._messages.send(
            server.owner,
            draw,
            must_arrive=True,
            after_quiet_hours=False,
            once=once(key, server.created_at),
        )
