"""The budget of message edits: Slack takes about 50 a minute from one app.

The edit of a finished card begins as soon as the last minute has room for it, and may put the
bucket of progress into debt. The edit of a progress card waits until the bucket holds more than a
reserve, so that progress rarely delays a finished card.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

BURST = 0.4
"""The part of a minute's edits that may go at once.

The bucket refills at the rest per minute, so that no 60 seconds have more progress edits than
`per_minute`.
"""
RESERVE = 0.3
"""The part of the burst that is kept for finished cards."""
WINDOW_SECONDS = 61.0
"""Slack's minute with a margin: an answer comes a little later than its request arrives."""
CHECK_SECONDS = 0.5
"""Seconds between two checks while the most edits allowed are in flight."""


class UpdateBudget:
    """A token bucket for progress, full at the start, and a count of the last minute's edits.

    `processes` returns the number of processes that share the app's edits; each takes its part.
    """

    def __init__(self, per_minute: int, processes: Callable[[], int] = lambda: 1) -> None:
        self._per_minute = per_minute
        self._processes = processes
        self._latest: deque[float] = deque()
        self._in_flight = 0
        self._tokens = self._capacity
        self._refilled_at: float | None = None
        self._closed_until = float("-inf")

    @property
    def _mine(self) -> float:
        """The part of a minute's edits that is this process's."""
        return self._per_minute / max(1, self._processes())

    @property
    def _capacity(self) -> float:
        return max(1.0, self._mine * BURST)

    @property
    def _reserve(self) -> float:
        return self._capacity * RESERVE if self._capacity >= 2 else 0.0

    @property
    def _rate(self) -> float:
        return max(1.0, self._mine - self._capacity) / 60.0

    @asynccontextmanager
    async def edit(self) -> AsyncIterator[None]:
        """Enclose the edit of a finished card: wait until the last minute has room for one more."""
        await self._wait_for(self._until_room)
        with self._counted():
            yield

    @asynccontextmanager
    async def edit_when_there_is_more(self) -> AsyncIterator[None]:
        """Enclose an edit that can wait: wait until the reserve stays untouched."""
        await self._wait_for(lambda: max(self._until_more(), self._until_room()))
        with self._counted():
            yield

    def pause(self, seconds: float) -> None:
        """Begin no edit for `seconds`, after Slack's rate limit."""
        self._closed_until = asyncio.get_running_loop().time() + seconds

    async def _wait_for(self, seconds_left: Callable[[], float]) -> None:
        while True:
            seconds = seconds_left()
            if seconds <= 0:
                return
            await asyncio.sleep(seconds)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count one edit, in the minute in which it ends.

        A slow request may reach Slack at its end, among the next minute's edits.
        """
        self._refill()
        self._tokens -= 1
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._latest.append(asyncio.get_running_loop().time())

    def _until_room(self) -> float:
        """Return the seconds until the last minute has room for one more edit."""
        now = asyncio.get_running_loop().time()
        while self._latest and self._latest[0] <= now - WINDOW_SECONDS:
            self._latest.popleft()
        room_at = now
        if len(self._latest) + self._in_flight >= max(1, int(self._mine)):
            room_at = self._latest[0] + WINDOW_SECONDS if self._latest else now + CHECK_SECONDS
        return max(room_at, self._closed_until) - now

    def _until_more(self) -> float:
        """Return the seconds until the bucket holds one token beyond the reserve."""
        self._refill()
        return (1 + self._reserve - self._tokens) / self._rate

    def _refill(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._refilled_at is not None:
            gained = (now - self._refilled_at) * self._rate
            self._tokens = min(self._capacity, self._tokens + gained)
        self._refilled_at = now
