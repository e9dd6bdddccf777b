"""What is told once: a contract, and how it is kept.

A key is claimed before it is told and noted afterwards. A claim that nobody noted (the bot was
killed in between) may be taken over after a while; who tells then looks first whether it is there.
"""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError

log = structlog.get_logger(__name__)


class Tellings(Protocol):
    """Where keys are kept."""

    async def untold(self, keys: Collection[str]) -> Collection[str]:
        """Those of the keys that nobody was told yet."""
        ...

    async def claim(self, key: str, now: datetime) -> bool:
        """Whether the caller is the one to tell it: nobody was told, and nobody else is at it."""
        ...

    async def told(self, key: str, now: datetime) -> None:
        """Somebody was told."""
        ...

    async def forget(self, key: str) -> None:
        """It may be told again. Without error if it never was."""
        ...


async def tell_once(
    tellings: Tellings, key: str, now: datetime, tell: Callable[[], Awaitable[object]]
) -> bool:
    """Whether it was told now. What Slack does not take is told at the next try."""
    if not await tellings.claim(key, now):
        return False
    try:
        await tell()
    except DeliveryError as error:
        log.warning("not told", key=key, reason=error.reason)
        await tellings.forget(key)
        return False
    await tellings.told(key, now)
    return True
