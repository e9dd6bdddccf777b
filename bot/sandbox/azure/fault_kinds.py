"""The kinds of fault that local Azure knows, and the JSON in which people set them.

`POST /sandbox/faults` takes `{"faults": [fault, ...], "seed": 1}` or one fault:
`{"operation": "virtualMachines.put", "kind": "AllocationFailed", "count": 1,
"probability": 1.0, "retry_after": 1, "factor": 10, "location": "westeurope"}`.

- `operation` may hold `*`.
- With a `location`, the fault strikes only requests for that region and for its resources.
- `throttle` answers 429 with Retry-After, `server_error` answers 500, and `cut` closes the
  connection.
- `quota` refuses the request because the quota of cores is used up.
- Any code of `errors.STATUS` is answered at once. The codes that Azure finds out later end the
  operation instead.
- `slow` makes the operation take `factor` times as long; `fail` ends it as Failed.
- `answer` gives any answer: `{"kind": "answer", "operation": "virtualMachines.get", "status": 503,
  "code": "ServerTimeout", "message": "...", "body": {...}, "seconds": 5, "count": 3}`. A `body`
  replaces ARM's error of `code` and `message`; a status below 400 needs one. With `seconds` the
  rule ends after that time, and without a `count` it strikes each request until then. Reads are
  answered too; a list answers 404 `ResourceNotFound` by showing nothing.
"""

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from typing_extensions import override

from bot.sandbox.azure import skus
from bot.sandbox.azure.errors import STATUS, ArmError
from bot.sandbox.azure.regions import FIRST, plain
from bot.sandbox.faults import Fault, Faults

IN_THE_OPERATION = frozenset(
    {
        "AllocationFailed",
        "ZonalAllocationFailed",
        "OverconstrainedAllocationRequest",
        "OSProvisioningTimedOut",
        "VMExtensionProvisioningError",
    }
)
"""Codes that come in the body of the operation, not in the answer to the request."""

ANSWER = "answer"
FIRST_ERROR = 400
_WORDS = {"throttle", "server_error", "cut", "quota", "slow", "fail", ANSWER}


@dataclass(kw_only=True)
class ArmFault(Fault):
    """A fault of Azure Resource Manager."""

    retry_after: float = 1.0
    slowness: float = 10.0
    status: int = 500
    code: str = ""
    message: str = ""
    body: Any = None
    seconds: float | None = None
    """How long the rule strikes from now on; None for as long as it counts."""
    set_at: float = field(default_factory=time.monotonic)

    @override
    def applies_to(self, operation: str, location: str) -> bool:
        return not self.is_over and super().applies_to(operation, location)

    @property
    def is_over(self) -> bool:
        """Return whether the rule strikes no more."""
        is_late = self.seconds is not None and time.monotonic() > self.set_at + self.seconds
        return is_late or self.count <= 0

    @property
    def factor(self) -> float:
        """How many times as long the operation takes."""
        return self.slowness if self.kind == "slow" else 1.0

    @property
    def failure(self) -> str | None:
        """The code with which the operation ends; None for an operation that succeeds."""
        if self.kind == "fail":
            return "InternalExecutionError"
        return self.kind if self.kind in IN_THE_OPERATION else None

    def answer(self) -> web.Response:
        """Return the answer of a rule of the kind `answer`."""
        wait = self.retry_after or None
        error = ArmError(self.code, self.message, status=self.status, retry_after=wait)
        return error.response(self.body)

    def refuse(self, action: str, scope: str, location: str) -> None:
        """Raise the refusal of the request, if this kind of fault refuses requests.

        `action` is the permission that the request needs, `scope` the request's path, and
        `location` the request's region.
        """
        if self.kind == "throttle":
            raise ArmError("TooManyRequests", retry_after=self.retry_after)
        if self.kind == "server_error":
            raise ArmError("InternalServerError")
        if self.kind == "quota":
            raise skus.quota_refusal(location or FIRST)
        if self.kind == "AuthorizationFailed":
            raise ArmError(
                self.kind,
                "The client with object id does not have authorization to perform action "
                f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently "
                "granted, please refresh your credentials.",
            )
        if self.kind in STATUS and self.kind not in IN_THE_OPERATION:
            raise ArmError(self.kind)


FAULT = web.RequestKey("fault", ArmFault)
"""The key under which a request carries the fault that struck the request."""


class ArmFaults(Faults[ArmFault]):
    """The faults that are set on local Azure."""

    def set(self, body: dict[str, Any]) -> None:
        """Add the rules of a request's body. Raise `ValueError` that names an unknown kind."""
        added = [_read(rule) for rule in body.get("faults", [body])]
        if "seed" in body:
            self._random.seed(body["seed"])
        self._add(added)

    def active(self) -> list[dict[str, Any]]:
        """Return the rules that may still strike."""
        return [vars(fault) for fault in self._faults if not fault.is_over]


def _read(rule: dict[str, Any]) -> ArmFault:
    kind = rule.get("kind", "")
    if kind not in _WORDS and kind not in STATUS:
        raise ValueError(f"unknown kind {kind!r}")
    if kind == ANSWER:
        _check_answer(rule)
    seconds = rule.get("seconds")
    return ArmFault(
        operation=rule.get("operation", "*"),
        kind=kind,
        count=int(rule.get("count", 1 if seconds is None else sys.maxsize)),
        probability=float(rule.get("probability", 1.0)),
        retry_after=float(rule.get("retry_after", 0.0 if kind == ANSWER else 1.0)),
        slowness=float(rule.get("factor", 10.0)),
        location=plain(rule.get("location", "")),
        status=int(rule.get("status", 500)),
        code=str(rule.get("code", "")),
        message=str(rule.get("message", "")),
        body=rule.get("body"),
        seconds=None if seconds is None else float(seconds),
    )


def _check_answer(rule: dict[str, Any]) -> None:
    status = int(rule.get("status", 0))
    if not 200 <= status <= 599:
        raise ValueError(f"answer: status {status} is not from 200 to 599")
    if rule.get("body") is None and (status < FIRST_ERROR or not rule.get("code")):
        raise ValueError("answer: needs a body, or a status of 400 or more and a code")
