"""Troubles that are told once: each admin hears of one when it begins and when it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.language import Text
from provisioning.core.ports.engine import Clock
from provisioning.members.posted_once import PostedOnce

log = structlog.get_logger(__name__)


class TroubleMessages(Protocol):
    """The messages to admins about troubles."""

    async def admins(self) -> Sequence[str]:
        """Return the admins, by Slack id."""
        ...

    async def notify_trouble(self, admin: str, text: Text) -> None:
        """Send the admin what has happened, what it means and what mends it.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...

    async def notify_trouble_over(self, admin: str, text: Text) -> None:
        """Send the admin that a trouble is over.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...


@dataclass(frozen=True)
class Troubles:
    """The troubles that are on, by key. The database remembers them over restarts."""

    posted: PostedOnce
    messages: TroubleMessages
    clock: Clock

    async def begin(self, key: str, text: Text) -> bool:
        """Notify each admin who does not know of the trouble; return whether all know now.

        Each call is a sighting. An admin whose message Slack refused is notified at the next one.
        """
        await self.mark(key)
        all_know = True
        for admin in await self.messages.admins():
            mine = _key(key, admin)
            if not await self.posted.claim(mine, self.clock.now()):
                continue
            try:
                await self.messages.notify_trouble(admin, text)
            except DeliveryError as error:
                log.warning("admin not notified", trouble=key, reason=error.reason)
                await self.posted.forget(mine)
                all_know = False
            else:
                await self.posted.mark_posted(mine, self.clock.now())
        return all_know

    async def end(self, key: str, text: Text) -> None:
        """Notify each admin who knows of the trouble that it is over, and forget it."""
        if not await self.last_seen([key]):
            return
        for admin in await self.messages.admins():
            mine = _key(key, admin)
            if await self.posted.unposted([mine]):
                continue
            try:
                await self.messages.notify_trouble_over(admin, text)
            except DeliveryError as error:
                log.warning("admin not notified", trouble=key, reason=error.reason)
                return  # the next call goes on with this admin
            await self.posted.forget(mine)
        await self.posted.forget(_key(key))

    async def last_seen(self, keys: Sequence[str]) -> Mapping[str, datetime]:
        """Return when each of the troubles that are on was last seen."""
        seen = await self.posted.posted_at([_key(each) for each in keys])
        return {each: seen[_key(each)] for each in keys if _key(each) in seen}

    async def mark(self, key: str) -> None:
        """Note that the trouble is seen now, without a message."""
        now = self.clock.now()
        await self.posted.claim(_key(key), now)
        await self.posted.mark_posted(_key(key), now)

    async def forget(self, key: str) -> None:
        """Forget what `mark` noted."""
        await self.posted.forget(_key(key))


def _key(key: str, admin: str = "") -> str:
    return f"trouble:{key}:{admin}" if admin else f"trouble:{key}"
