"""Streams that tell open pages what has changed: messages, view, home or traffic."""

import asyncio
from collections import defaultdict


class Stream:
    """The kinds of change that one page has not heard of yet, each at most once."""

    def __init__(self) -> None:
        self._kinds: dict[str, None] = {}
        self._more = asyncio.Event()

    def tell(self, kind: str) -> None:
        """Add a kind of change."""
        self._kinds[kind] = None
        self._more.set()

    async def next(self) -> str:
        """Wait for the next kind, and remove it."""
        while not self._kinds:
            self._more.clear()
            await self._more.wait()
        kind = next(iter(self._kinds))
        del self._kinds[kind]
        return kind


class Streams:
    """The streams of the open pages, by person."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)

    def subscribe(self, user: str) -> Stream:
        """Return the stream of a page that has been opened."""
        stream = Stream()
        self._streams[user].add(stream)
        return stream

    def unsubscribe(self, user: str, stream: Stream) -> None:
        """Remove the stream of a page that has been closed."""
        self._streams[user].discard(stream)

    def tell(self, user: str | None, kind: str) -> None:
        """Tell the pages of one person, or for None all pages."""
        for each in [user] if user else list(self._streams):
            for stream in self._streams[each]:
                stream.tell(kind)
