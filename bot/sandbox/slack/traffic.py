"""The latest requests in both directions, for the page's inspector and for tests."""

import itertools
import time
from collections import deque
from typing import Any

LIMIT = 5000


class Traffic:
    """A bounded list of entries, numbered from 1. `direction` is "in" from the app to Slack
    and "out" from Slack to the app. Tokens are headers, and headers are not kept."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._numbers = itertools.count(1)

    def record(self, **fields: Any) -> None:
        """Keep one exchange: direction, kind, method, status, ms, request, response."""
        fields["ms"] = round(float(fields["ms"]), 2)
        self._entries.append({"n": next(self._numbers), "time": time.time(), **fields})

    def page(self, after: int = 0, limit: int = LIMIT) -> dict[str, Any]:
        """Entries with a number above `after`, oldest first, and the number to go on from."""
        newer = (entry for entry in self._entries if entry["n"] > after)
        entries = list(itertools.islice(newer, limit))
        return {"entries": entries, "next": entries[-1]["n"] if entries else after}
