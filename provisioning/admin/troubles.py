"""Troubles: what only an admin can mend. The admins hear of each once, and once when it is over."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.language import Text
from provisioning.core.ports.engine import Clock
from provisioning.members.posted_once import PostedOnce, post_once

log = structlog.get_logger(__name__)


class TroubleMessages(Protocol):
    """The messages to all admins about troubles."""

    async def notify_trouble(self, text: Text) -> None:
        """Send each admin what has happened, what it means and what mends it."""
        ...

    async def notify_trouble_over(self, text: Text) -> None:
        """Send each admin that a trouble is over."""
        ...


@dataclass(frozen=True)
class Troubles:
    """The troubles that are on, by key. The database remembers them over restarts."""

    posted: PostedOnce
    messages: TroubleMessages
    clock: Clock

    async def begin(self, key: str, text: Text) -> None:
        """Notify the admins, unless they know of the trouble with this key."""
        post = partial(self.messages.notify_trouble, text)
        await post_once(self.posted, _key(key), self.clock.now(), post)

    async def end(self, key: str, text: Text) -> None:
        """Notify the admins that the trouble is over, if they know of it."""
        if await self.posted.unposted([_key(key)]):
            return
        try:
            await self.messages.notify_trouble_over(text)
        except DeliveryError as error:
            log.warning("admins not notified", trouble=key, reason=error.reason)
            return
        await self.posted.forget(_key(key))


def _key(key: str) -> str:
    return f"trouble:{key}"
