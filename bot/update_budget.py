"""Slack takes about 50 message edits a minute from one app; this shares them out.

Finished cards always go at once and may put the budget into debt; progress waits until
there is more than a reserve, so that it never delays a hand-over.
"""

import asyncio

RESERVE = 0.3
"""The part of a minute's edits that progress leaves for finished cards."""


class UpdateBudget:
    """A token bucket of `per_minute` edits, full at the start."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / 60.0
        self._tokens = self._capacity
        self._at: float | None = None

    def _refill(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._at is not None:
            self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._rate)
        self._at = now

    def take(self) -> None:
        """An edit that can't wait."""
        self._refill()
        self._tokens -= 1

    async def take_when_there_is_more(self) -> None:
        """An edit that can: it returns once the reserve stays untouched."""
        while True:
            self._refill()
            missing = 1 + self._capacity * RESERVE - self._tokens
            if missing <= 0:
                self._tokens -= 1
                return
            await asyncio.sleep(missing / self._rate)
