"""Faults on request. `POST /sandbox/faults` takes any of these together:

    {"rate_limit": {"chat.update": {"retry_after": 2, "count": 5}},   429 with Retry-After
     "fail": {"chat.postMessage": {"error": "internal_error", "status": 500, "count": 3}},
     "drop": {"chat.postMessage": {"count": 2}},     the connection closes without an answer
     "lose": {"chat.postMessage": {"count": 1}},     so it does too, but what was asked is done
     "ack": {"mode": "lost" | "late", "seconds": 4, "count": 1},
     "duplicate_envelopes": 1,                       so many deliveries arrive twice
     "event_retries": 1,                             the next event comes so many times more
     "socket_cut": true,                             all sockets are aborted, once
     "socket_disconnect": "refresh_requested",       or "warning", "link_disabled"; once
     "socket_deaf": 5,                               seconds in which nothing is delivered
     "auth_test": "invalid_auth",                    what auth.test answers
     "response_url_expired": true}

`count` is 1 if it is left out. A method may be `*`, any method, and `response_url` counts as one.
What is set stays beside what was set before; `DELETE` clears all.
"""

import copy
import time
from collections.abc import Callable
from typing import Any

_REASONS = ("refresh_requested", "warning", "link_disabled")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


_RULE: dict[str, Callable[[Any], bool]] = {
    "count": _number,
    "retry_after": _number,
    "seconds": _number,
    "status": _number,
    "error": _text,
    "mode": lambda value: value in ("lost", "late"),
}


def _rule(value: Any) -> bool:
    return isinstance(value, dict) and all(
        name in _RULE and _RULE[name](inner) for name, inner in value.items()
    )


def _by_method(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_rule, value.values()))


_KNOWN: dict[str, Callable[[Any], bool]] = {
    "rate_limit": _by_method,
    "fail": _by_method,
    "drop": _by_method,
    "lose": _by_method,
    "ack": lambda value: _rule(value) and "mode" in value,
    "duplicate_envelopes": _number,
    "event_retries": _number,
    "socket_cut": _is(bool),
    "socket_disconnect": lambda value: value in _REASONS,
    "socket_deaf": _number,
    "auth_test": _text,
    "response_url_expired": _is(bool),
}


class Faults:
    """The active faults; counts go down as they strike."""

    def __init__(self) -> None:
        self._active: dict[str, Any] = {}
        self._deaf_until = 0.0

    def set(self, wanted: dict[str, Any]) -> None:
        """Add to the active ones. Raises `ValueError` naming what is unknown or malformed."""
        for name, value in wanted.items():
            if name not in _KNOWN:
                raise ValueError(f"unknown fault: {name}; there are {', '.join(_KNOWN)}")
            if not _KNOWN[name](value):
                raise ValueError(f"malformed fault: {name}")
        self._active |= copy.deepcopy(wanted)
        if "socket_deaf" in wanted:
            self._deaf_until = time.monotonic() + wanted["socket_deaf"]

    def clear(self) -> None:
        """None any more."""
        self._active.clear()
        self._deaf_until = 0.0

    def active(self) -> dict[str, Any]:
        """What is set, with the counts that are left."""
        return copy.deepcopy(self._active)

    def is_deaf(self) -> bool:
        """Whether sockets deliver nothing now."""
        return time.monotonic() < self._deaf_until

    def of_method(self, kind: str, method: str) -> dict[str, Any] | None:
        """The `rate_limit`, `fail`, `drop` or `lose` that strikes now, and one less."""
        rules = self._active.get(kind) or {}
        return _strike(rules.get(method)) or _strike(rules.get("*"))

    def ack(self) -> dict[str, Any] | None:
        """What happens to the next acknowledgement."""
        return _strike(self._active.get("ack"))

    def take(self, name: str, most: int = 1) -> int:
        """How many of `duplicate_envelopes` or `event_retries` strike now, at most `most`."""
        taken = min(int(self._active.get(name, 0)), most)
        if taken:
            self._active[name] -= taken
        return taken

    def once(self, name: str) -> Any:
        """`socket_cut` or `socket_disconnect`, if it was asked for; it is then done."""
        return self._active.pop(name, None)

    def value(self, name: str) -> Any:
        """`auth_test` or `response_url_expired`; they stay until they are cleared."""
        return self._active.get(name)


def _strike(rule: dict[str, Any] | None) -> dict[str, Any] | None:
    if rule is None or rule.setdefault("count", 1) <= 0:
        return None
    rule["count"] -= 1
    return dict(rule)
