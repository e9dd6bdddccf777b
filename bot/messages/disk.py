"""The messages about full disks, in the owner's DM."""

from collections.abc import Awaitable, Callable
from functools import partial

from typing_extensions import override

from bot.slack.direct_messages import DirectMessages
from bot.slack.posts import once
from handlers.notebooks.disk_warning import disk_warning_card
from provisioning.core.model.server import Server
from provisioning.notebooks.disk import LEVELS, DiskMessages
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
