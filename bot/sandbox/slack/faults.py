"""Faults on request. `POST /sandbox/faults` takes any of these together:

    {"rate_limit": {"chat.update": {"retry_after": 2, "count": 5}},
     "fail": {"chat.postMessage": {"error": "internal_error", "status": 500, "count": 3}},
     "drop": {"chat.postMessage": {"count": 2}},     the connection closes without an answer
     "ack": {"mode": "lost" | "late", "seconds": 4, "count": 1},
     "duplicate_envelopes": 1, "event_retries": 1,
     "socket_cut": true, "socket_deaf": 5,           seconds in which nothing is delivered
     "auth_test": "invalid_auth", "response_url_expired": true}

`DELETE` clears them all; a cut of the socket happens once, when it is asked for.
"""

import time
from typing import Any

_KNOWN = {
    "rate_limit", "fail", "drop", "ack", "duplicate_envelopes", "event_retries",
    "socket_cut", "socket_deaf", "auth_test", "response_url_expired",
}  # fmt: skip


class Faults:
    """The active faults; counts go down as they strike."""

    def __init__(self) -> None:
        self._active: dict[str, Any] = {}
        self._deaf_until = 0.0

    def set(self, wanted: dict[str, Any]) -> None:
        """Add to the active ones. Raises `ValueError` naming an unknown word."""
        unknown = set(wanted) - _KNOWN
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        self._active |= wanted
        if "socket_deaf" in wanted:
            self._deaf_until = time.monotonic() + float(wanted["socket_deaf"])

    def clear(self) -> None:
        """None any more."""
        self._active.clear()
        self._deaf_until = 0.0

    def active(self) -> dict[str, Any]:
        """What is set."""
        return dict(self._active)

    def is_deaf(self) -> bool:
        """Whether sockets take nothing now."""
        return time.monotonic() < self._deaf_until

    def of_method(self, kind: str, method: str) -> dict[str, Any] | None:
        """The `rate_limit`, `fail` or `drop` that strikes this call, and one strike less."""
        rule = (self._active.get(kind) or {}).get(method)
        if rule is None or rule.setdefault("count", 1) <= 0:
            return None
        rule["count"] -= 1
        return dict(rule)

    def ack(self) -> dict[str, Any] | None:
        """What happens to the next acknowledgement."""
        rule = self._active.get("ack")
        if rule is None or rule.setdefault("count", 1) <= 0:
            return None
        rule["count"] -= 1
        return dict(rule)

    def take(self, name: str) -> bool:
        """One of `duplicate_envelopes` or `event_retries`, while there are some."""
        left = int(self._active.get(name, 0))
        if left > 0:
            self._active[name] = left - 1
        return left > 0

    def value(self, name: str) -> Any:
        """`auth_test` and `response_url_expired` stay until they are cleared."""
        return self._active.get(name)
