"""The latest requests to and from a local server, for people and tests to look at.

Bodies are kept as they were sent, customData included: a test can prove what goes over the
wire. Headers and Slack's tokens are not kept. `readable` strikes out the secrets of Azure.
"""

import itertools
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

LIMIT = 5000
"""How many exchanges are kept, and the largest page."""

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


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer.

    `direction` is "in" for a request to the local server and "out" for one that the local
    server sends. `status` is an HTTP status (0 where the connection was cut), "ok" or the word
    for an error. `ms` is how long the answer took. `more` holds the fields that only one of
    the servers shows: Azure's `path` with its query, Slack's `kind`.
    """

    direction: str
    method: str
    status: int | str
    ms: float
    request: Any
    response: Any
    more: Mapping[str, str] = field(default_factory=dict)


class Traffic:
    """A bounded list of exchanges, numbered from 1."""

    def __init__(self, on_record: Callable[[], None] = lambda: None) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._numbers = itertools.count(1)
        self._on_record = on_record

    def record(self, exchange: Exchange) -> None:
        """Keep one exchange, and announce that it is there."""
        self._entries.append(
            {
                "n": next(self._numbers),
                "time": time.time(),
                "direction": exchange.direction,
                **exchange.more,
                "method": exchange.method,
                "status": exchange.status,
                "ms": round(exchange.ms, 2),
                "request": exchange.request,
                "response": exchange.response,
            }
        )
        self._on_record()

    def page(self, after: int = 0, limit: int = LIMIT) -> dict[str, Any]:
        """Return at most `limit` exchanges with a number above `after`, oldest first, and the
        number to go on from."""
        first = self._entries[0]["n"] if self._entries else 1
        start = max(after - first + 1, 0)
        entries = list(itertools.islice(self._entries, start, start + max(limit, 0)))
        return {"entries": entries, "next": entries[-1]["n"] if entries else max(after, 0)}


def milliseconds_since(started: float) -> float:
    """Return the milliseconds since a moment of `time.monotonic`."""
    return (time.monotonic() - started) * 1000


def readable(body: bytes) -> Any:
    """Return a body without its secrets: JSON as its value, a form as an object, anything else
    as text, and None for an empty body."""
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
