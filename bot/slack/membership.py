"""Who has left: accounts that are deactivated, and members who are in no allowed group any more.

The groups' members are one request a group and minute. Slack has no cheap list of deactivated
accounts, so each call looks up some accounts, those that were not looked up for longest first.
"""

import time
from collections.abc import Collection, Mapping

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.access import SlackAccess
from bot.slack.errors import FAILURES, error_code
from provisioning.admin.leavers import Directory
from provisioning.core.model.people import Standing
from provisioning.core.retry import all_of

_AT_ONCE = 40
"""Accounts that one call looks up: `users.info` allows more than 100 requests a minute."""

log = structlog.get_logger(__name__)


class SlackMembership(Directory):
    """The workspace's accounts, with what the settings and groups allow."""

    def __init__(
        self, client: AsyncWebClient, access: SlackAccess, at_once: int = _AT_ONCE
    ) -> None:
        self._client, self._access, self._at_once = client, access, at_once
        self._accounts: dict[str, Standing] = {}
        self._asked_at: dict[str, float] = {}

    @override
    async def standings(self, people: Collection[str]) -> Mapping[str, Standing]:
        found = {user_id: await self._access.standing(user_id) for user_id in people}
        now = self._chosen({who: self._seems_gone(who, found) for who in people})
        await all_of(*(self._look_up(user_id) for user_id in now))
        return {who: self._standing(who, found[who], is_fresh=who in now) for who in people}

    @override
    async def standing(self, user_id: str) -> Standing:
        self._access.groups_changed()  # a member may have come back a moment ago
        found = await self._access.standing(user_id)
        await self._look_up(user_id)
        return self._standing(user_id, found, is_fresh=True)

    def _chosen(self, seem_gone: Mapping[str, bool]) -> frozenset[str]:
        """Return the accounts to look up now: the longest unchecked ones.

        Up to half of them are people who seem to have left: a deactivated account is in no group
        any more.
        """
        oldest = sorted(seem_gone, key=lambda who: self._asked_at.get(who, 0.0))
        urgent = [who for who in oldest if seem_gone[who]][: max(1, self._at_once // 2)]
        others = [who for who in oldest if who not in urgent]
        return frozenset([*urgent, *others][: self._at_once])

    def _standing(self, user_id: str, by_access: Standing, *, is_fresh: bool) -> Standing:
        account = self._accounts.get(user_id, Standing.UNKNOWN)
        if account.is_gone and not is_fresh:
            account = Standing.UNKNOWN  # it may have been reactivated since
        return account if account.is_gone or by_access is Standing.MEMBER else by_access

    def _seems_gone(self, user_id: str, by_access: Mapping[str, Standing]) -> bool:
        account = self._accounts.get(user_id, Standing.UNKNOWN)
        return account.is_gone or by_access[user_id].is_gone

    async def _look_up(self, user_id: str) -> None:
        self._asked_at[user_id] = time.monotonic()
        try:
            answer = await self._client.users_info(user=user_id)
        except FAILURES as error:
            is_unknown = error_code(error) == "user_not_found"
            self._accounts[user_id] = Standing.OUTSIDE if is_unknown else Standing.UNKNOWN
            log.info("account not known", user=user_id, error=error_code(error))
            return
        is_gone = bool(answer["user"].get("deleted"))
        self._accounts[user_id] = Standing.DEACTIVATED if is_gone else Standing.MEMBER
