"""The latest requests and answers, for people and tests to look at.

Bodies are kept as they were, customData included, so that a test can prove what goes over
the wire. Headers are not kept; secrets of the sign-in, passwords and protected parameters are
struck out: nothing here lets anybody in.
"""

import itertools
import json
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qsl

_SECRET_FIELDS = frozenset(
    {
        "client_secret",
        "client_assertion",
        "access_token",
        "adminPassword",
        "protectedParameters",
        "protectedSettings",
    }
)
_STRUCK_OUT = "***"


class Traffic:
    """A bounded list of entries, numbered from 1."""

    def __init__(self, limit: int = 5000) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=limit)
        self._numbers = itertools.count(1)

    def record(
        self,
        direction: str,
        method: str,
        path: str,
        status: int,
        ms: float,
        request: bytes,
        response: bytes,
    ) -> None:
        """Keep one exchange. `path` holds the query; `status` 0 says that the connection was
        cut; `ms` is how long the answer took."""
        number = next(self._numbers)
        self._entries.append(
            {
                "n": number,
                "time": time.time(),
                "direction": direction,
                "method": method,
                "path": path,
                "status": status,
                "ms": round(ms, 2),
                "request": _readable(request),
                "response": _readable(response),
            }
        )

    def page(self, after: int = 0, limit: int = 1000) -> dict[str, Any]:
        """At most `limit` entries with a number above `after`, oldest first, and the number to
        go on from."""
        newer = (entry for entry in self._entries if entry["n"] > after)
        entries = list(itertools.islice(newer, limit))
        return {"entries": entries, "next": entries[-1]["n"] if entries else max(after, 0)}


def _readable(body: bytes) -> Any:
    """JSON as its value, a form as an object, anything else as text; None for no body."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except ValueError:
        fields = dict(parse_qsl(text))
        return _without_secrets(fields) if fields else text
    return _without_secrets(value)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _STRUCK_OUT if key in _SECRET_FIELDS else _without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value
