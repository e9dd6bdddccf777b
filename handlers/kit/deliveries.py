"""A short memory of Slack's deliveries, so that a repeated one has no second effect.

Slack sends an envelope or an event again if it has not seen the acknowledgement. A request over
HTTP may be replayed for five minutes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_SECONDS = 600.0

_T = TypeVar("_T")


class Recent(Generic[_T]):
    """The result of each delivery by the delivery's key, for ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._results: OrderedDict[str, tuple[float, _T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._results)

    def once(self, key: str, make: Callable[[], _T]) -> tuple[_T, bool]:
        """Return (a result of `make`, True), or (the earlier result for this key, False)."""
        now = self._clock()
        while self._results and next(iter(self._results.values()))[0] < now - KEPT_SECONDS:
            self._results.popitem(last=False)
        if key in self._results:
            return self._results[key][1], False
        result = make()
        self._results[key] = (now, result)
        return result, True

    def is_new(self, key: str, mark: _T) -> bool:
        """Return whether the key is new, and remember the key with its mark."""
        return self.once(key, lambda: mark)[1]
