"""Notifications of admins, and of the owner of a vanished server."""

import asyncio
from collections.abc import Callable
from functools import partial

from typing_extensions import override

from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import once
from handlers.admin import notices as admin_notices
from handlers.idle import notices
from handlers.kit.blocks import Message
from provisioning.admin.orphans import Orphan
from provisioning.admin.reconcile import ReconcileMessages
from provisioning.core.model.server import Server


async def notify_admins(
    messages: DirectMessages, admins: Admins, draw: Callable[[], Message]
) -> None:
    """Send a message to each admin after the admin's quiet hours; a failure is logged."""
    await asyncio.gather(
        *(
            messages.send(admin, draw, must_arrive=False, after_quiet_hours=True)
            for admin in await admins()
        )
    )


class SlackReconcileMessages(ReconcileMessages):
    """The messages about differences between Azure and the database, in DMs."""

    def __init__(self, messages: DirectMessages, admins: Admins) -> None:
        self._messages, self._admins = messages, admins

    @override
    async def notify_orphan(self, orphan: Orphan) -> None:
        draw = partial(admin_notices.orphan_message, orphan)
        await notify_admins(self._messages, self._admins, draw)

    @override
    async def notify_vanished(self, server: Server) -> None:
        await self._messages.send(
            server.owner,
            partial(notices.vanished_message, server),
            must_arrive=True,
            after_quiet_hours=True,
            once=once(f"{server.id}:vanished", server.created_at),
        )
