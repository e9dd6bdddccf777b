"""Slack takes about 50 message edits a minute from one app; this shares them out.

Finished cards go at once as long as the last minute had room, and then as soon as it has; they
may put the bucket of progress into debt. Progress waits until there is more than a reserve, so
that it hardly ever delays a hand-over.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

BURST = 0.4
"""The part of a minute's edits that may go at once. The rest of the minute refills at what
is left, so that no minute, wherever it begins, has more progress than `per_minute`."""
RESERVE = 0.3
"""The part of the burst that progress leaves for finished cards."""
WINDOW_SECONDS = 61.0
"""A minute by Slack's count: answers come a little later than calls arrive."""
LOOK_SECONDS = 0.5
"""How soon to look again where as many as may be are on their way."""


class UpdateBudget:
    """A token bucket of progress, full at the start, and the edits of the last minute."""

    def __init__(self, per_minute: int) -> None:
        self._most = max(1, per_minute)
        self._latest: deque[float] = deque()
        self._under_way = 0
        self._capacity = max(1.0, per_minute * BURST)
        self._reserve = self._capacity * RESERVE if self._capacity >= 2 else 0.0
        self._rate = max(1.0, per_minute - self._capacity) / 60.0
        self._tokens = self._capacity
        self._refilled_at: float | None = None
        self._closed_until = float("-inf")

    @asynccontextmanager
    async def edit(self) -> AsyncIterator[None]:
        """Around an edit of a finished card: it begins once the last minute has room for it."""
        await self._wait_for(self._until_room)
        with self._counted():
            yield

    @asynccontextmanager
    async def edit_when_there_is_more(self) -> AsyncIterator[None]:
        """Around an edit that can wait: it begins once the reserve stays untouched."""
        await self._wait_for(lambda: max(self._until_more(), self._until_room()))
        with self._counted():
            yield

    def pause(self, seconds: float) -> None:
        """Slack has had enough for that long: everything rests."""
        self._closed_until = asyncio.get_running_loop().time() + seconds

    async def _wait_for(self, seconds_left: Callable[[], float]) -> None:
        while True:
            seconds = seconds_left()
            if seconds <= 0:
                return
            await asyncio.sleep(seconds)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """One edit. It belongs to the minute in which it ends: what is slow on its way must not
        meet the next minute's edits."""
        self._refill()
        self._tokens -= 1
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._latest.append(asyncio.get_running_loop().time())

    def _until_room(self) -> float:
        """Seconds until one more edit leaves the last minute within what was set."""
        now = asyncio.get_running_loop().time()
        while self._latest and self._latest[0] <= now - WINDOW_SECONDS:
            self._latest.popleft()
        room_at = now
        if len(self._latest) + self._under_way >= self._most:
            room_at = self._latest[0] + WINDOW_SECONDS if self._latest else now + LOOK_SECONDS
        return max(room_at, self._closed_until) - now

    def _until_more(self) -> float:
        """Seconds until the bucket has one beyond the reserve."""
        self._refill()
        return (1 + self._reserve - self._tokens) / self._rate

    def _refill(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._refilled_at is not None:
            gained = (now - self._refilled_at) * self._rate
            self._tokens = min(self._capacity, self._tokens + gained)
        self._refilled_at = now
