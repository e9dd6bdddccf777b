"""The latest requests in both directions, for the page's inspector and for tests.

Bodies are kept as they were, in memory only. Tokens are not: they let an app in.
"""

import itertools
import time
from collections import deque
from typing import Any

from bot.sandbox.slack.streams import Streams

LIMIT = 5000


class Traffic:
    """A bounded list of entries, numbered from 1. `direction` is "in" from the app to Slack
    and "out" from Slack to the app."""

    def __init__(self, streams: Streams) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._numbers = itertools.count(1)
        self._streams = streams

    def record(
        self,
        *,
        direction: str,
        kind: str,
        method: str,
        status: str | int,
        ms: float,
        request: Any,
        response: Any,
    ) -> None:
        """Keep one exchange. `kind` is api, upload, response_url, or an envelope's type;
        `status` an HTTP status, "ok" or an error's word; `ms` how long the answer took."""
        self._entries.append(
            {
                "n": next(self._numbers),
                "time": time.time(),
                "direction": direction,
                "kind": kind,
                "method": method,
                "status": status,
                "ms": round(ms, 2),
                "request": request,
                "response": response,
            }
        )
        self._streams.tell(None, "traffic")

    def page(self, after: int = 0, limit: int = LIMIT) -> dict[str, Any]:
        """At most `limit` entries with a number above `after`, oldest first, and the number to
        go on from."""
        first = self._entries[0]["n"] if self._entries else 1
        start = max(after - first + 1, 0)
        entries = list(itertools.islice(self._entries, start, start + max(limit, 0)))
        return {"entries": entries, "next": entries[-1]["n"] if entries else after}
