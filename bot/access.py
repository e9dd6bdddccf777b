"""Who may use the bot: Slack user ids, and the members of Slack user groups."""

import asyncio
import time
from collections.abc import Sequence

import structlog
from babel.lists import format_list
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_errors import FAILURES, error_code
from provisioning.errors import UserError
from provisioning.language import _, current_locale

CACHE_SECONDS = 60.0
"""How soon somebody who joins or leaves a group is noticed."""
STALE_SECONDS = 3600.0
"""How long the last list goes on counting while Slack can't be asked."""
_RETRY_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Access:
    """With neither users nor groups allowed by name, everybody in the workspace may."""

    def __init__(
        self,
        client: AsyncWebClient,
        users: Sequence[str],
        groups: Sequence[str],
        admins: Sequence[str],
    ) -> None:
        self._client = client
        self._users = frozenset(users) | frozenset(admins)
        self._groups = tuple(groups)
        self._admins = tuple(admins)
        self._open = not users and not groups
        self._members: frozenset[str] = frozenset()
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    def is_admin(self, user_id: str) -> bool:
        """Whether the person runs the bot."""
        return user_id in self._admins

    async def require_member(self, user_id: str) -> None:
        """Raises `UserError`, saying whom to ask, if the person may not use the bot, and
        saying so if Slack can't tell now."""
        if not await self.is_member(user_id):
            raise UserError(
                _(
                    "You are not among the people who may use notebook servers here, so nothing "
                    "was done. Ask {admins} to add you.",
                    admins=self.whom_to_ask(),
                )
            )

    async def is_member(self, user_id: str) -> bool:
        """Whether the person may use the bot. Raises `UserError` if Slack can't tell now."""
        return self._open or user_id in self._users or user_id in await self._group_members()

    def whom_to_ask(self) -> str:
        """The admins, as mentions."""
        mentions = [f"<@{admin}>" for admin in self._admins]
        if not mentions:
            return _("the bot's admin")
        return str(format_list(mentions, style="or", locale=current_locale()))

    async def _group_members(self) -> frozenset[str]:
        if not self._groups:
            return frozenset()
        async with self._reading:  # many at once ask Slack once
            now = time.monotonic()
            if now - self._read_at >= CACHE_SECONDS and now - self._tried_at >= _RETRY_SECONDS:
                self._tried_at = now
                await self._read_groups()
        if time.monotonic() - self._read_at > STALE_SECONDS:
            raise UserError(
                _(
                    "I can't find out now whether you may use notebook servers here, since Slack "
                    "does not tell me who is in the group. Nothing was done; try again in a "
                    "minute."
                )
            )
        return self._members

    async def _read_groups(self) -> None:
        try:
            answers = await asyncio.gather(
                *(self._client.usergroups_users_list(usergroup=group) for group in self._groups)
            )
        except FAILURES as error:
            # The last known members go on working; nobody new gets in by an outage.
            log.warning("user group not read", error=error_code(error))
            return
        self._members = frozenset(user for answer in answers for user in answer["users"])
        self._read_at = time.monotonic()
