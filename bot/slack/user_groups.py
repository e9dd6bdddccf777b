"""Members of Slack's user groups, requested once a minute and kept while Slack is down."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import FAILURES, error_code
from provisioning.core.retry import all_of

_FRESH_SECONDS = 60.0
"""Seconds until a change in a group takes effect."""
_STALE_SECONDS = 3600.0
"""Seconds that the last list stays in use while Slack does not answer."""
_CERTAIN_SECONDS = 120.0
"""Seconds that a list may be the reason to end a member's access."""
_RETRY_SECONDS = 5.0

log = structlog.get_logger(__name__)


class UserGroups:
    """The members of `groups`, by Slack ids."""

    def __init__(self, client: AsyncWebClient, groups: Sequence[str]) -> None:
        self._client = client
        self._groups = tuple(dict.fromkeys(groups))
        self._members: dict[str, frozenset[str]] = {}
        self._read_at = self._tried_at = float("-inf")
        self._is_outdated = False
        self._reading = asyncio.Lock()

    async def members(self, groups: Sequence[str]) -> frozenset[str] | None:
        """Return the members of at least one of `groups`; None if the last answer is too old."""
        return await self._read_within(_STALE_SECONDS, groups)

    async def certain_members(self, groups: Sequence[str]) -> frozenset[str] | None:
        """Return the members as Slack has just listed them; None while it does not answer."""
        return await self._read_within(_CERTAIN_SECONDS, groups)

    def outdate(self) -> None:
        """Request the lists again at the next call, since a group has changed."""
        self._is_outdated = True

    async def _read_within(self, seconds: float, groups: Sequence[str]) -> frozenset[str] | None:
        if not groups:
            return frozenset()
        async with self._reading:  # simultaneous callers share one request
            now = time.monotonic()
            is_old = self._is_outdated or now - self._read_at >= _FRESH_SECONDS
            if is_old and now - self._tried_at >= _RETRY_SECONDS:
                self._tried_at, self._is_outdated = now, False
                await self._read()
        if time.monotonic() - self._read_at > seconds:
            return None
        return frozenset().union(*(self._members.get(group, frozenset()) for group in groups))

    async def _read(self) -> None:
        try:
            answers = await all_of(
                *(self._client.usergroups_users_list(usergroup=group) for group in self._groups)
            )
        except FAILURES as error:
            # The last known members keep their access; an outage lets no new member in.
            log.warning("user group not read", error=error_code(error))
            return
        self._members = {
            group: frozenset(answer["users"])
            for group, answer in zip(self._groups, answers, strict=True)
        }
        self._read_at, self._tried_at = time.monotonic(), float("-inf")
