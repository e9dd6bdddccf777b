"""The faults of a local server: rules that say what goes wrong, with what, and how often.

Local Azure and local Slack keep their faults in the same way. The kinds of fault that each
knows, and the JSON in which people set them, are in `fault_kinds` of each server.
"""

import fnmatch
import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar


@dataclass(kw_only=True)
class Fault:
    """One rule. `operation` may hold `*`; `count` is how often the rule strikes from now on."""

    kind: str
    operation: str = "*"
    count: int = 1
    probability: float = 1.0
    location: str = ""
    """The only region in which the rule strikes; "" for all."""

    def applies_to(self, operation: str, location: str) -> bool:
        """Return whether the rule may strike this operation in this region."""
        if self.count <= 0 or (self.location and self.location != location):
            return False
        return fnmatch.fnmatchcase(operation.lower(), self.operation.lower())


AnyFault = TypeVar("AnyFault", bound=Fault)


class Faults(ABC, Generic[AnyFault]):
    """The rules that are set on one server."""

    def __init__(self) -> None:
        self._faults: list[AnyFault] = []
        self._random = random.Random()  # noqa: S311 - faults are no secret

    @abstractmethod
    def set(self, body: dict[str, Any]) -> None:
        """Add the rules of a request's body. Raise `ValueError` that names a malformed rule."""

    @abstractmethod
    def active(self) -> Any:
        """Return the rules and their remaining counts as JSON."""

    def clear(self) -> None:
        """Remove all rules."""
        self._faults.clear()

    def strike(
        self, operation: str, location: str = "", kinds: Collection[str] = ()
    ) -> AnyFault | None:
        """Return the first rule that strikes this operation, and count it.

        `location` is the region of the operation ("" for none); `kinds` are the only kinds to
        look for (empty for all).
        """
        for fault in self._faults:
            is_wanted = not kinds or fault.kind in kinds
            if not (is_wanted and fault.applies_to(operation, location)):
                continue
            if self._random.random() < fault.probability:
                fault.count -= 1
                return fault
        return None

    def find(self, kind: str) -> AnyFault | None:
        """Return the first rule of a kind; its count stays."""
        return next((fault for fault in self._faults if fault.kind == kind), None)

    def remove(self, kind: str) -> AnyFault | None:
        """Remove all rules of a kind, and return the first of them."""
        found = self.find(kind)
        self._faults = [fault for fault in self._faults if fault.kind != kind]
        return found

    def _add(self, faults: Iterable[AnyFault]) -> None:
        self._faults.extend(faults)
