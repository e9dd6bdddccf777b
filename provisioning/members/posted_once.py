"""Messages that are posted once, despite restarts of the bot.

A key is claimed before its message is posted, and marked as posted afterwards. A claim without a
mark (the bot was killed in between) may be taken over after a while. The caller that takes a claim
over checks first whether the message is already in Slack.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError

log = structlog.get_logger(__name__)


class PostedOnce(Protocol):
    """The ledger of the keys of messages that are posted once."""

    async def unposted(self, keys: Collection[str]) -> Collection[str]:
        """Return the keys whose message has not been posted yet."""
        ...

    async def posted_at(self, keys: Collection[str]) -> Mapping[str, datetime]:
        """Return when each of the keys was last marked as posted; a key that was not is missing."""
        ...

    async def claim(self, key: str, now: datetime) -> bool:
        """Return whether the caller may post: no other caller has posted or is posting."""
        ...

    async def mark_posted(self, key: str, now: datetime) -> None:
        """Mark the key's message as posted."""
        ...

    async def forget(self, key: str) -> None:
        """Allow the key's message to be posted again. An unknown key is no error."""
        ...


async def post_once(
    posted: PostedOnce, key: str, now: datetime, post: Callable[[], Awaitable[object]]
) -> bool:
    """Post a message unless it has been posted. Return whether this call posted it.

    A message that Slack refuses may be posted by the next call.
    """
    if not await posted.claim(key, now):
        return False
    try:
        await post()
    except DeliveryError as error:
        log.warning("message not posted", key=key, reason=error.reason)
        await posted.forget(key)
        return False
    await posted.mark_posted(key, now)
    return True
