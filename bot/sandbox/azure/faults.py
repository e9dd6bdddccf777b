"""Faults on request: which operation, what goes wrong, how often.

`POST /sandbox/faults` takes `{"faults": [fault, ...], "seed": 1}` or one fault:
`{"operation": "virtualMachines.put", "kind": "AllocationFailed", "count": 1,
"probability": 1.0, "retry_after": 1, "factor": 10, "location": "westeurope"}`. `operation` may
hold `*`; with a `location` it strikes only what is in, or asks for, that region. Kinds:
`throttle` (429 with Retry-After), `server_error` (500), `cut` (the connection closes),
`quota`, any code of `errors.STATUS` (refused at once, or in the operation's body for those
that Azure finds out later), `slow` (takes `factor` times as long), `fail` (the operation
ends as Failed).
"""

import fnmatch
import random
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.azure import skus
from bot.sandbox.azure.errors import STATUS, ArmError
from bot.sandbox.azure.regions import FIRST, plain

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

_WORDS = {"throttle", "server_error", "cut", "quota", "slow", "fail"}


@dataclass
class Fault:
    """One rule; `count` is how often it still strikes."""

    operation: str
    kind: str
    count: int = 1
    probability: float = 1.0
    retry_after: float = 1.0
    slowness: float = 10.0
    location: str = ""

    @property
    def factor(self) -> float:
        """By how much the operation takes longer."""
        return self.slowness if self.kind == "slow" else 1.0

    @property
    def failure(self) -> str | None:
        """The code with which the operation is to end."""
        if self.kind == "fail":
            return "InternalExecutionError"
        return self.kind if self.kind in IN_THE_OPERATION else None

    def refuse(self, action: str, scope: str, location: str) -> None:
        """Raise what the request itself is answered with, if this kind does that.

        `action` is the permission that it needs, `scope` its path, and `location` its region.
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


FAULT = web.RequestKey("fault", Fault)
"""Where a request carries the fault that struck it."""


class Faults:
    """The active rules."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._random = random.Random()  # noqa: S311 - faults are no secret

    def set(self, body: dict[str, Any]) -> None:
        """Add rules. Raises `ValueError`, saying which word is unknown."""
        rules = body.get("faults", [body])
        added = []
        for rule in rules:
            kind = rule.get("kind", "")
            if kind not in _WORDS and kind not in STATUS:
                raise ValueError(f"unknown kind {kind!r}")
            added.append(
                Fault(
                    operation=rule.get("operation", "*"),
                    kind=kind,
                    count=int(rule.get("count", 1)),
                    probability=float(rule.get("probability", 1.0)),
                    retry_after=float(rule.get("retry_after", 1.0)),
                    slowness=float(rule.get("factor", 10.0)),
                    location=plain(rule.get("location", "")),
                )
            )
        if "seed" in body:
            self._random.seed(body["seed"])
        self._faults += added

    def clear(self) -> None:
        """No faults any more."""
        self._faults.clear()

    def active(self) -> list[dict[str, Any]]:
        """The rules that still may strike."""
        return [vars(fault) for fault in self._faults if fault.count > 0]

    def strike(self, operation: str, location: str) -> Fault | None:
        """The fault for this request to a region ("" for one to none), if one is due."""
        for fault in self._faults:
            matches = fnmatch.fnmatchcase(operation.lower(), fault.operation.lower())
            if fault.location and fault.location != location:
                continue
            if matches and fault.count > 0 and self._random.random() < fault.probability:
                fault.count -= 1
                return fault
        return None
