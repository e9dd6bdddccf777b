"""trigger_ids: each lets an app open one modal within 3 seconds."""

import secrets
import time
from collections.abc import Callable

from bot.sandbox.slack.errors import ApiError

LIFE_SECONDS = 3.0
_KEPT = 10_000


class Triggers:
    """The latest trigger_ids that have been given out."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        life_seconds: float = LIFE_SECONDS,
    ) -> None:
        self._clock = clock
        self._life_seconds = life_seconds
        self._known: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    def new(self, user: str) -> str:
        """Return a trigger_id for one command, click or submission of a person."""
        trigger = f"{time.time_ns()}.{secrets.token_hex(16)}"
        self._known[trigger] = (user, self._clock())
        if len(self._known) > _KEPT:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._used.discard(oldest)
        return trigger

    def use(self, trigger: str) -> str:
        """Return the person's id, and use up the trigger_id.

        Raise `ApiError`: invalid_trigger_id, exchanged_trigger_id (a second use) or
        expired_trigger_id.
        """
        if trigger not in self._known:
            raise ApiError("invalid_trigger_id")
        if trigger in self._used:
            raise ApiError("exchanged_trigger_id")
        user, born = self._known[trigger]
        if self._clock() - born > self._life_seconds:
            raise ApiError("expired_trigger_id")
        self._used.add(trigger)
        return user
