"""The messages about a server's packages, its updates and its full disk, in DMs."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from typing_extensions import override

from bot.messages.update_budget import UpdateBudget
from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import once, packages_of
from handlers.notebooks import packages, updates
from handlers.notebooks.disk_warning import disk_warning_card
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import UpdateEnd, UpdateReport
from provisioning.core.model.server import Server
from provisioning.core.ports.chat import CardMessages
from provisioning.notebooks.disk import LEVELS, DiskMessages
from provisioning.notebooks.updates import UpdateRound
from provisioning.servers.offers import DiskOffer

OfferDisk = Callable[[Server], Awaitable[DiskOffer | None]]


class SlackDiskMessages(DiskMessages):
    """The warnings in DMs; `offer` returns the larger disk that an owner may choose."""

    def __init__(self, messages: DirectMessages, offer: OfferDisk) -> None:
        self._messages = messages
        self._offer = offer

    @override
    async def post_disk_warning(self, server: Server) -> None:
        warning = server.disk_warning
        if warning is None:
            return
        larger = await self._offer(server)
        key = f"{server.id}:disk:{warning.level}:{warning.since:%Y%m%dT%H%M%S%f}"
        await self._messages.send(
            server.owner,
            partial(disk_warning_card, server, larger),
            must_arrive=True,
            after_quiet_hours=warning.level < max(LEVELS),
            once=once(key, warning.since),
        )


class SlackUpkeepMessages(CardMessages):
    """The part of a server's messages that is about its packages and its updates."""

    _messages: DirectMessages
    _budget: UpdateBudget

    @override
    async def post_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        draw = partial(packages.packages_progress_card, server, ending)
        mark = packages_of(server, ended=ending is not None)
        if place is None and ending is not None:
            begun = packages_of(server, ended=False)
            place = await self._messages.find(server.owner, begun)
        if place is not None:
            async with self._budget.edit():
                if await self._messages.update(
                    server.owner, place, draw, must_arrive=True, mark=mark
                ):
                    return place
        return await self._messages.send(
            server.owner,
            draw,
            must_arrive=True,
            after_quiet_hours=False,
            once=mark if ending is None else None,
        )

    @override
    async def end_packages(self, server: Server) -> None:
        begun = packages_of(server, ended=False)
        place = await self._messages.find(server.owner, begun)
        if place is not None:
            draw = partial(packages.no_packages_message, server)
            mark = packages_of(server, ended=True)
            await self._messages.update(server.owner, place, draw, must_arrive=True, mark=mark)

    @override
    async def post_update(self, server: Server, end: UpdateEnd) -> None:
        of = UpdateRound.of(server)
        draw = partial(updates.update_message, server, end, by_admin=of is not None)
        await self._messages.send(
            server.owner,
            draw,
            must_arrive=True,
            after_quiet_hours=of is not None,
            once=None if of is None else once(f"{server.id}:update:{of.key}", of.began),
        )

    @override
    async def post_update_report(self, admin: str, key: str, report: UpdateReport) -> None:
        began = datetime.fromisoformat(key.partition("/")[2])
        await self._messages.send(
            admin,
            partial(updates.update_report_message, report),
            must_arrive=True,
            after_quiet_hours=False,
            once=once(f"update-report:{key}", began),
        )
