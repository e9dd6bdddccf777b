"""Tells open pages what has changed for their person: messages, view, home or traffic."""

import asyncio
from collections import defaultdict


class Stream:
    """What one page has not been told of yet; the same kind twice is told once."""

    def __init__(self) -> None:
        self._kinds: dict[str, None] = {}
        self._more = asyncio.Event()

    def tell(self, kind: str) -> None:
        """Something of this kind has changed."""
        self._kinds[kind] = None
        self._more.set()

    async def next(self) -> str:
        """Wait for the next kind."""
        while not self._kinds:
            self._more.clear()
            await self._more.wait()
        kind = next(iter(self._kinds))
        del self._kinds[kind]
        return kind


class Streams:
    """The open pages, by person."""

    def __init__(self) -> None:
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)

    def subscribe(self, user: str) -> Stream:
        """A page was opened."""
        stream = Stream()
        self._streams[user].add(stream)
        return stream

    def unsubscribe(self, user: str, stream: Stream) -> None:
        """The page was closed."""
        self._streams[user].discard(stream)

    def tell(self, user: str | None, kind: str) -> None:
        """Tell the person's pages; everybody's for None."""
        for each in [user] if user else list(self._streams):
            for stream in self._streams[each]:
                stream.tell(kind)
