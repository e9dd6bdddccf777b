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
from provisioning.core.ports.chat import AdminAlerts
from provisioning.core.ports.engine import Clock
from provisioning.members.posted_once import PostedOnce


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


class SlackAdminAlerts(AdminAlerts):
    """What only an admin can mend, in each admin's DM, once for each server and code."""

    def __init__(
        self, messages: DirectMessages, admins: Admins, posted: PostedOnce, clock: Clock
    ) -> None:
        self._messages, self._admins = messages, admins
        self._posted, self._clock = posted, clock

    @override
    async def needs_admin(self, code: str, server: Server, reason: str) -> None:
        draw = partial(admin_notices.needs_admin_message, server, code, reason)
        for admin in await self._admins():
            key, now = f"needs_admin:{server.id}:{code}:{admin}", self._clock.now()
            if not await self._posted.unposted([key]):
                continue
            await self._messages.send(
                admin,
                draw,
                must_arrive=True,
                after_quiet_hours=True,
                once=once(key, server.created_at),
            )
            await self._posted.claim(key, now)
            await self._posted.mark_posted(key, now)
