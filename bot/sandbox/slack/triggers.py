"""trigger_ids: what lets an app open a modal, for 3 seconds and once."""

import secrets
import time

from bot.sandbox.slack.errors import ApiError

LIFE_SECONDS = 3.0
_KEPT = 10_000


class Triggers:
    """All that were handed out lately."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def new(self, user: str) -> str:
        """For one command or click of a person."""
        trigger = f"{time.time_ns()}.{secrets.token_hex(16)}"
        self._known[trigger] = (user, time.monotonic())
        if len(self._known) > _KEPT:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._used.discard(oldest)
        return trigger

    def use(self, trigger: str) -> str:
        """The person's id. Raises Slack's error for a bad, late or second use."""
        if trigger not in self._known:
            raise ApiError("invalid_trigger_id")
        if trigger in self._used:
            raise ApiError("exchanged_trigger_id")
        user, born = self._known[trigger]
        if time.monotonic() - born > LIFE_SECONDS:
            raise ApiError("expired_trigger_id")
        self._used.add(trigger)
        return user
