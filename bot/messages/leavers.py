"""The messages about members who have left or come back, in DMs."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from typing_extensions import override

from bot.slack.access import SlackAccess
from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import Mark, once
from handlers.admin import leaver_cards
from handlers.kit.blocks import Message
from provisioning.admin.leavers import LeaverMessages
from provisioning.core.model.people import Departure, Standing
from provisioning.core.model.server import Server


class SlackLeaverMessages(LeaverMessages):
    """The messages in each admin's DM, and in the member's own."""

    def __init__(self, messages: DirectMessages, access: SlackAccess) -> None:
        self._messages, self._access = messages, access

    @override
    async def notify_leaver(
        self, departure: Departure, servers: Sequence[Server], now: datetime
    ) -> None:
        await self._notify_admins(
            partial(leaver_cards.leaver_card, departure, servers), _mark("leaver", departure)
        )
        if departure.cause is not Standing.DEACTIVATED:
            draw = partial(
                leaver_cards.access_ended, departure, servers, self._access.whom_to_ask()
            )
            await self._notify_member(departure.member, draw)

    @override
    async def notify_back(
        self, departure: Departure, servers: Sequence[Server], now: datetime
    ) -> None:
        if servers:
            draw = partial(leaver_cards.back_card, departure.member, servers)
            await self._notify_admins(draw, _mark("back", departure))
        draw = partial(leaver_cards.welcome_back, departure, servers, self._access.whom_to_ask())
        await self._notify_member(departure.member, draw)

    @override
    async def notify_doubt(self, people: Sequence[str], now: datetime) -> None:
        draw = partial(leaver_cards.doubt_card, people)
        await self._notify_admins(draw, once(f"leavers:doubt:{now:%Y%m%dT%H%M%S%f}", now))

    async def _notify_admins(self, draw: Callable[[], Message], mark: Mark) -> None:
        for admin in await self._access.admins():
            await self._messages.send(
                admin, draw, must_arrive=True, after_quiet_hours=False, once=mark
            )

    async def _notify_member(self, member: str, draw: Callable[[], Message]) -> None:
        """Send the message; a person who can't be reached is no reason to repeat the others."""
        await self._messages.send(member, draw, must_arrive=False, after_quiet_hours=False)


def _mark(kind: str, departure: Departure) -> Mark:
    when = f"{departure.left_at:%Y%m%dT%H%M%S%f}"
    return once(f"{kind}:{departure.member}:{when}", departure.left_at)
