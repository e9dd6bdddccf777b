"""Slack takes about 50 message edits a minute from one app; this shares them out.

Finished cards always go at once and may put the budget into debt; progress waits until
there is more than a reserve, so that it never delays a hand-over.
"""

import asyncio

BURST = 0.4
"""The part of a minute's edits that may go at once. The rest of the minute refills at what
is left, so that no minute, wherever it begins, has more progress than `per_minute`."""
RESERVE = 0.3
"""The part of the burst that progress leaves for finished cards."""


class UpdateBudget:
    """A token bucket of edits, full at the start."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = max(1.0, per_minute * BURST)
        self._reserve = self._capacity * RESERVE if self._capacity >= 2 else 0.0
        self._rate = max(1.0, per_minute - self._capacity) / 60.0
        self._tokens = self._capacity
        self._refilled_at: float | None = None
        self._closed_until = float("-inf")

    def take(self) -> None:
        """An edit that can't wait."""
        self._refill()
        self._tokens -= 1

    async def take_when_there_is_more(self) -> None:
        """An edit that can: it returns once the reserve stays untouched."""
        while True:
            seconds = self._wait()
            if seconds <= 0:
                self._tokens -= 1
                return
            await asyncio.sleep(seconds)

    def pause(self, seconds: float) -> None:
        """Slack has had enough for that long: progress rests."""
        self._closed_until = asyncio.get_running_loop().time() + seconds

    def _wait(self) -> float:
        now = self._refill()
        missing = 1 + self._reserve - self._tokens
        return max(missing / self._rate, self._closed_until - now)

    def _refill(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._refilled_at is not None:
            gained = (now - self._refilled_at) * self._rate
            self._tokens = min(self._capacity, self._tokens + gained)
        self._refilled_at = now
        return now
