"""Whether the chat refuses every direct message of the bot, on all processes of its database.

Slack does so (`messages_tab_disabled`) while the app's Messages tab is off. Then no message can say
so either: the answers to commands, the Home tab, the log, `/readyz` and doctor do.
"""

from datetime import datetime, timedelta

import structlog

from provisioning.core.ports.engine import Clock
from provisioning.members.posted_once import PostedOnce

_KEY = "refused:direct messages"
_READ_EVERY = timedelta(seconds=5)

log = structlog.get_logger(__name__)


class RefusedMessages:
    """Remembers since when all direct messages are refused.

    Another process may have met the refusal or its end, so the database is asked every 5 seconds
    at most, and only when an answer is given.
    """

    def __init__(self, posted: PostedOnce, clock: Clock) -> None:
        self._posted = posted
        self._clock = clock
        self._since: datetime | None = None
        self._read_at: datetime | None = None

    async def refused(self) -> None:
        """Note that the chat has just refused a message as it refuses all of them."""
        if await self.since() is not None:
            return
        now = self._clock.now()
        await self._posted.claim(_KEY, now)
        await self._posted.mark_posted(_KEY, now)
        self._know(now)
        log.error("Slack refuses all direct messages: the app's Messages tab is off")

    async def accepted(self) -> None:
        """Note that the chat has just taken a message."""
        if await self.since() is None:
            return
        await self._posted.forget(_KEY)
        self._know(None)
        log.info("Slack takes direct messages again")

    async def since(self) -> datetime | None:
        """Return since when all messages are refused, None if they are not."""
        now = self._clock.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < _READ_EVERY:
            self._know((await self._posted.posted_at([_KEY])).get(_KEY))
        return self._since

    def _know(self, since: datetime | None) -> None:
        self._since, self._read_at = since, self._clock.now()
