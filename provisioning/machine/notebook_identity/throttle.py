"""The limits on wrong passwords.

A stranger who guesses must not keep a member out. So wrong passwords are counted for each name and
network, with wide limits for a network, a name and the whole server. A browser with which a member
has signed in before is counted alone.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

FREE_TRIES = 3
FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
FORGET_AFTER = 3600.0
MOST_KEPT = 1000


@dataclass(frozen=True)
class Window:
    """At most `most` wrong passwords in `seconds`."""

    most: int
    seconds: float


OF_A_NETWORK = Window(30, 600.0)
OF_A_NAME = Window(100, 600.0)
OF_ALL = Window(60, 60.0)


@dataclass(frozen=True)
class Attempt:
    """The name that was typed, the network, and the known browser's cookie or ""."""

    name: str
    network: str
    browser: str = ""

    @property
    def key(self) -> str:
        """Return what the attempt is counted under, and what its turn is taken under."""
        return f"browser {self.browser}" if self.browser else f"{self.network} {self.name}"

    @property
    def windows(self) -> dict[str, Window]:
        """Return the wide limits that hold for the attempt."""
        if self.browser:
            return {}
        return {
            f"network {self.network}": OF_A_NETWORK,
            f"name {self.name}": OF_A_NAME,
            "all": OF_ALL,
        }


@dataclass
class _Tries:
    failures: int = 0
    blocked_until: float = 0.0
    last: float = 0.0
    recent: deque[float] = field(default_factory=deque)


class Throttle:
    """Counts wrong passwords: three are free, then each one needs a longer wait.

    A wait is at most `LONGEST_WAIT` seconds, or a wide limit's window, and a refused attempt does
    not extend it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[str, _Tries] = {}
        self._windows: dict[str, _Tries] = {}

    def wait(self, attempt: Attempt) -> float:
        """Return the seconds until this attempt may be made; 0 if it may now."""
        now = self._clock()
        tries = self._tries.get(attempt.key)
        waits = [0.0, tries.blocked_until - now if tries else 0.0]
        for key, window in attempt.windows.items():
            known = self._windows.get(key)
            if known is not None:
                _drop_old(known.recent, now - window.seconds)
                if len(known.recent) >= window.most:
                    waits.append(known.recent[-window.most] + window.seconds - now)
        return max(waits)

    def failed(self, attempt: Attempt) -> None:
        """Count a wrong password."""
        now = self._clock()
        tries = _kept(self._tries, attempt.key, now)
        tries.failures, tries.last = tries.failures + 1, now
        over = tries.failures - FREE_TRIES
        if over >= 0:
            tries.blocked_until = now + min(FIRST_WAIT * 2 ** min(over, 16), LONGEST_WAIT)
        for key, window in attempt.windows.items():
            known = _kept(self._windows, key, now)
            known.last = now
            _drop_old(known.recent, now - window.seconds)
            known.recent.append(now)

    def succeeded(self, attempt: Attempt) -> None:
        """Reset the attempt's own count after a right password."""
        self._tries.pop(attempt.key, None)


def _kept(known: dict[str, _Tries], key: str, now: float) -> _Tries:
    """Return the tries under this key, and forget old ones and the oldest of too many."""
    old = [each for each, tries in known.items() if now - tries.last > FORGET_AFTER]
    if len(known) - len(old) >= MOST_KEPT:
        old.append(min(known, key=lambda each: known[each].last))
    for each in old:
        known.pop(each, None)
    return known.setdefault(key, _Tries())


def _drop_old(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
