"""Who may use the bot: Slack user ids, and the members of Slack user groups."""

import time
from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from provisioning.errors import UserError

CACHE_SECONDS = 60.0

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
        self._read_at = float("-inf")

    def is_admin(self, user_id: str) -> bool:
        """Whether the person runs the bot."""
        return user_id in self._admins

    async def require_member(self, user_id: str) -> None:
        """Raises `UserError`, saying whom to ask, if the person may not use the bot."""
        if self._open or user_id in self._users or user_id in await self._group_members():
            return
        ask = " or ".join(f"<@{admin}>" for admin in self._admins) or "the bot's admin"
        raise UserError(
            "You are not among the people who may use notebook servers here, so nothing was "
            f"done. Ask {ask} to add you."
        )

    async def _group_members(self) -> frozenset[str]:
        if not self._groups or time.monotonic() - self._read_at < CACHE_SECONDS:
            return self._members
        members: set[str] = set()
        try:
            for group in self._groups:
                answer = await self._client.usergroups_users_list(usergroup=group)
                members.update(answer["users"])
        except SlackApiError as error:
            # The last known members go on working; nobody new gets in by an outage.
            log.warning("user group not read", error=error.response.get("error", "unknown"))
            return self._members
        self._members, self._read_at = frozenset(members), time.monotonic()
        return self._members
