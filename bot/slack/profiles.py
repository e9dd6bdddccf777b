"""What Slack knows of people: their language and their time zone, remembered for a while."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import without_patience
from bot.slack.errors import FAILURES, as_delivery_error, error_code

FRESH_SECONDS = 3600.0
"""How soon a change of somebody's language or time zone is noticed."""
PATIENCE_SECONDS = 0.8
"""How long an answer waits for a person who is not known yet: a command has 3 s in all."""
_MOST_KEPT = 10_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Profile:
    """`locale` is a language tag ("ko-KR"), `zone` an IANA name; "" where Slack says nothing."""

    locale: str = ""
    zone: str = ""


class Profiles:
    """`users.info`, once for each person and hour, however many ask. See also
    `provisioning.idle.watch.People`."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = without_patience(client)
        self._known: OrderedDict[str, tuple[float, Profile]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._rests_until = float("-inf")

    def known(self, user_id: str) -> Profile:
        """What was heard last, without asking."""
        return self._known.get(user_id, (0.0, Profile()))[1]

    async def of(self, user_id: str, patience: float = PATIENCE_SECONDS) -> Profile:
        """The person's profile. What is older than an hour is given at once and asked again
        behind it; where Slack does not say within `patience` seconds, nothing is known."""
        asked_at, profile = self._known.get(user_id, (float("-inf"), None))
        if time.monotonic() - asked_at < FRESH_SECONDS and profile is not None:
            return profile
        asking = self._asking.get(user_id)
        if asking is None:
            if time.monotonic() < self._rests_until:
                return profile or Profile()
            asking = asyncio.get_running_loop().create_task(self._ask(user_id))
            self._asking[user_id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(user_id, None))
        if profile is not None:
            return profile
        await asyncio.wait({asking}, timeout=patience)
        return self.known(user_id)

    async def zone(self, user_id: str) -> str:
        """See `People.zone`. Nobody waits for it at a screen."""
        return (await self.of(user_id, patience=20.0)).zone

    async def close(self) -> None:
        """Stop asking."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, user_id: str) -> None:
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
