"""The kinds of fault that local Slack knows, and the JSON in which people set them.

`POST /sandbox/faults` takes any of these together:

    {"rate_limit": {"chat.update": {"retry_after": 2, "count": 5}},   429 with Retry-After
     "fail": {"chat.postMessage": {"error": "internal_error", "status": 500, "count": 3}},
     "drop": {"chat.postMessage": {"count": 2}},     the connection closes without an answer
     "lose": {"chat.postMessage": {"count": 1}},     the request is done; the answer is lost
     "ack": {"mode": "lost" | "late", "seconds": 4, "count": 1},
     "duplicate_envelopes": 1,                       this many deliveries arrive twice
     "event_retries": 1,                             the next event is sent again this often
     "socket_cut": true,                             all sockets are aborted, once
     "socket_disconnect": "refresh_requested",       or "warning", "link_disabled"; once
     "socket_deaf": 5,                               seconds in which nothing is delivered
     "auth_test": "invalid_auth",                    the error that auth.test answers
     "scopes": "chat:write,commands",                the scopes that the token has
     "response_url_expired": true}

`count` is 1 if it is left out. A method may be `*`, any method; `response_url` counts as a
method. A new fault replaces an earlier one of its kind and leaves the others; `DELETE` clears
all.
"""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.faults import Fault, Faults

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
    "scopes": _text,
    "response_url_expired": _is(bool),
}


_BY_METHOD = frozenset({"rate_limit", "fail", "drop", "lose"})
_COUNTED = frozenset({"duplicate_envelopes", "event_retries"})


@dataclass(kw_only=True)
class SlackFault(Fault):
    """A fault of Slack: `value` is what was set, `since` the moment of `time.monotonic`."""

    value: Any
    since: float = field(default_factory=time.monotonic)

    def shown(self) -> Any:
        """Return the value with the count that is left, as far as it was set or has changed."""
        if self.kind in _COUNTED:
            return self.count
        if isinstance(self.value, dict) and ("count" in self.value or self.count != 1):
            return self.value | {"count": self.count}
        return copy.deepcopy(self.value)


class SlackFaults(Faults[SlackFault]):
    """The faults that are set on local Slack."""

    def set(self, body: dict[str, Any]) -> None:
        """Set the faults of a request's body. Raise `ValueError` that names an unknown or
        malformed one."""
        for kind, value in body.items():
            if kind not in _KNOWN:
                raise ValueError(f"unknown fault: {kind}; known faults: {', '.join(_KNOWN)}")
            if not _KNOWN[kind](value):
                raise ValueError(f"malformed fault: {kind}")
        for kind, value in body.items():
            self.remove(kind)
            self._add(_read(kind, copy.deepcopy(value)))

    def active(self) -> dict[str, Any]:
        """Return what is set, with the counts that are left."""
        found: dict[str, Any] = {}
        for fault in self._faults:
            if fault.kind in _BY_METHOD:
                found.setdefault(fault.kind, {})[fault.operation] = fault.shown()
            else:
                found[fault.kind] = fault.shown()
        return found

    def is_deaf(self) -> bool:
        """Return whether sockets deliver nothing now."""
        deaf = self.find("socket_deaf")
        return deaf is not None and time.monotonic() < deaf.since + deaf.value

    def of_method(self, kind: str, method: str) -> dict[str, Any] | None:
        """Return the `rate_limit`, `fail`, `drop` or `lose` that strikes a request for this
        method, and count it."""
        struck: dict[str, Any] | None = _value(self.strike(method, kinds=(kind,)))
        return struck

    def ack(self) -> dict[str, Any] | None:
        """Return what happens to the next acknowledgement, and count it."""
        struck: dict[str, Any] | None = _value(self.strike("", kinds=("ack",)))
        return struck

    def take(self, kind: str, most: int = 1) -> int:
        """Return how many of `duplicate_envelopes` or `event_retries` strike now, at most
        `most`, and count them."""
        fault = self.find(kind)
        if fault is None:
            return 0
        taken = min(fault.count, most)
        fault.count -= taken
        return taken

    def once(self, kind: str) -> Any:
        """Return the value of `socket_cut` or `socket_disconnect`, and remove the fault."""
        return _value(self.remove(kind))

    def constant(self, kind: str) -> Any:
        """Return the value of `auth_test` or `response_url_expired`; both stay until they are
        cleared."""
        return _value(self.find(kind))


def _read(kind: str, value: Any) -> Iterator[SlackFault]:
    if kind in _BY_METHOD:
        for method in sorted(value, key="*".__eq__):  # a method's own rule goes before `*`
            count = value[method].get("count", 1)
            yield SlackFault(kind=kind, operation=method, count=count, value=value[method])
    elif kind in _COUNTED:
        yield SlackFault(kind=kind, count=int(value), value=value)
    else:
        count = value.get("count", 1) if isinstance(value, dict) else 1
        yield SlackFault(kind=kind, count=count, value=value)


def _value(fault: SlackFault | None) -> Any | None:
    return None if fault is None else fault.value
