"""Owners who have left: the admins get buttons for what to do with their servers.

Slack reports a leaver by an event; a daily check finds leavers whose event the bot missed. The
admins are notified once of each leaver, and again if the person came back and left once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Server
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.members.posted_once import PostedOnce, post_once

LEAVERS_CRON = "41 6 * * *"


class Directory(Protocol):
    """The workspace's accounts."""

    async def has_left(self, user_id: str) -> bool | None:
        """Return whether the account is deactivated; None if Slack does not answer now."""
        ...


class LeaverMessages(Protocol):
    """The messages about owners who have left."""

    async def notify_leaver(self, owner: str, servers: Sequence[Server], now: datetime) -> None:
        """Notify each admin of the leaver and of the leaver's servers, with buttons.

        The buttons transfer, stop or delete a server. A second call after a crash posts nothing
        twice. Raises `DeliveryError` if Slack did not take a message.
        """
        ...


@dataclass(frozen=True)
class Leavers:
    """Finds owners who have left, and notifies the admins."""

    store: ServerStore
    directory: Directory
    posted: PostedOnce
    messages: LeaverMessages
    clock: Clock

    async def tick(self, _scheduled_at: datetime) -> None:
        """Ask Slack about every owner."""
        for owner in sorted({server.owner for server in await self.store.list_servers()}):
            left = await self.directory.has_left(owner)
            if left:
                await self.left(owner)
            elif left is not None and not await self.posted.unposted([_key(owner)]):
                await self.posted.forget(_key(owner))

    async def left(self, owner: str) -> None:
        """Notify the admins that this owner has left; does nothing if there are no servers."""
        servers = await self.store.list_servers(owner)
        if not servers:
            return
        now = self.clock.now()

        async def notify() -> None:
            await self.messages.notify_leaver(owner, servers, now)

        await post_once(self.posted, _key(owner), now, notify)


def _key(owner: str) -> str:
    return f"leaver:{owner}"
