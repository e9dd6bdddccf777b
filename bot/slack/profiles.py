"""Languages and time zones of members, from Slack, cached for an hour."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.app import without_patience
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from provisioning.core.ports.people import People

_FRESH_SECONDS = 3600.0
"""Seconds until a changed language or time zone takes effect."""
PROFILE_TIMEOUT_SECONDS = 0.8
"""Longest wait of an answer for an unknown profile: a command has 3 s in all."""
_MOST_KEPT = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Profile:
    """A language tag (`locale`, "ko-KR") and an IANA time zone (`zone`); "" if Slack has none."""

    locale: str = ""
    zone: str = ""


class Profiles(People):
    """Profiles from `users.info`, requested once for each member and hour."""

    def __init__(self, client: AsyncWebClient, patience: float = PROFILE_TIMEOUT_SECONDS) -> None:
        self._client = without_patience(client)
        self._patience = patience
        self._known: OrderedDict[str, tuple[float, Profile]] = OrderedDict()
        self._requests: dict[str, asyncio.Task[None]] = {}
        self._rests_until = float("-inf")

    def known(self, user_id: str) -> Profile:
        """Return the last known profile, without a request."""
        return self._known.get(user_id, (0.0, Profile()))[1]

    async def of(self, user_id: str, patience: float | None = None) -> Profile:
        """Return the member's profile; an empty one if Slack does not answer in time.

        `patience` is that time in seconds, where it differs from the usual one.

        A profile older than an hour is returned at once and requested again in the background.
        """
        requested_at, profile = self._known.get(user_id, (float("-inf"), None))
        if time.monotonic() - requested_at < _FRESH_SECONDS and profile is not None:
            return profile
        request = self._requests.get(user_id)
        if request is None:
            if time.monotonic() < self._rests_until:
                return profile or Profile()
            request = asyncio.get_running_loop().create_task(self._request(user_id))
            self._requests[user_id] = request
            request.add_done_callback(lambda _: self._requests.pop(user_id, None))
        if profile is not None:
            return profile
        await asyncio.wait({request}, timeout=self._patience if patience is None else patience)
        return self.known(user_id)

    @override
    async def zone(self, user_id: str) -> str:
        # No command's answer waits for a time zone.
        return (await self.of(user_id, patience=20.0)).zone

    async def close(self) -> None:
        """Cancel the requests in flight."""
        requests = list(self._requests.values())
        for task in requests:
            task.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    async def _request(self, user_id: str) -> None:
        try:
            answer = await self._client.users_info(user=user_id, include_locale=True)
        except FAILURES as error:
            log.info("profile not known", user=user_id, error=error_code(error))
            if isinstance(error, SlackApiError) and error_code(error) == "ratelimited":
                self._rests_until = time.monotonic() + as_delivery_error(error).retry_in
            return
        user = answer["user"]
        profile = Profile(str(user.get("locale") or ""), str(user.get("tz") or ""))
        self._known[user_id] = (time.monotonic(), profile)
        self._known.move_to_end(user_id)
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
