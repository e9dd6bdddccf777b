"""Notifications of admins, and of owners about what happened in Azure."""

from collections.abc import Callable, Sequence
from functools import partial

from typing_extensions import override

from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import once
from handlers.admin import missing_cards
from handlers.admin import notices as admin_notices
from handlers.kit.blocks import Message
from provisioning.admin.orphans import Orphan
from provisioning.admin.reconcile import ReconcileMessages
from provisioning.admin.troubles import Refusals, TroubleMessages
from provisioning.core.errors import OF_ALL_SERVERS, DeliveryError
from provisioning.core.language import Text
from provisioning.core.model.server import Server
from provisioning.core.ports.chat import AdminAlerts
from provisioning.core.ports.engine import Clock
from provisioning.core.retry import all_of
from provisioning.members.posted_once import PostedOnce


async def notify_admins(
    messages: DirectMessages, admins: Admins, draw: Callable[[], Message]
) -> None:
    """Send a message to each admin after the admin's quiet hours; a failure is logged."""
    await all_of(
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
    async def notify_drift(self, server: Server, outcome: str) -> None:
        await self._messages.send(
            server.owner,
            partial(missing_cards.drift_message, server, outcome),
            must_arrive=False,
            after_quiet_hours=True,
        )

    @override
    async def notify_missing(self, server: Server) -> None:
        since = server.absence.since if server.absence else server.created_at
        await self._messages.send(
            server.owner,
            partial(missing_cards.missing_message, server),
            must_arrive=True,
            after_quiet_hours=True,
            once=once(f"{server.id}:missing:{since.isoformat()}", since),
        )
        draw = partial(missing_cards.missing_notice, server)
        await notify_admins(self._messages, self._admins, draw)

    @override
    async def notify_back(self, server: Server) -> None:
        await self._messages.send(
            server.owner,
            partial(missing_cards.back_message, server),
            must_arrive=True,
            after_quiet_hours=True,
            once=once(f"{server.id}:back:{server.generation}", server.created_at),
        )


class SlackTroubleMessages(TroubleMessages):
    """The messages about troubles, in the admins' DMs."""

    def __init__(self, messages: DirectMessages, admins: Admins) -> None:
        self._messages, self._admins = messages, admins

    @override
    async def admins(self) -> Sequence[str]:
        return sorted(await self._admins())

    @override
    async def notify_trouble(self, admin: str, text: Text) -> None:
        draw = partial(admin_notices.trouble_message, text)
        await self._messages.send(admin, draw, must_arrive=True, after_quiet_hours=True)

    @override
    async def notify_trouble_over(self, admin: str, text: Text) -> None:
        draw = partial(admin_notices.trouble_over_message, text)
        await self._messages.send(admin, draw, must_arrive=True, after_quiet_hours=True)


class SlackAdminAlerts(AdminAlerts):
    """What only an admin can mend, in each admin's DM, once for each server and code.

    What concerns all servers is told once for all of them.
    """

    def __init__(
        self,
        messages: DirectMessages,
        admins: Admins,
        posted: PostedOnce,
        clock: Clock,
        refusals: Refusals,
    ) -> None:
        self._refusals = refusals
        self._messages, self._admins = messages, admins
        self._posted, self._clock = posted, clock

    @override
    async def needs_admin(self, code: str, server: Server, reason: str) -> None:
        if code in OF_ALL_SERVERS:
            if not await self._refusals.seen(code, reason):
                raise DeliveryError("an admin was not notified")
            return
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
