"""The limit on password attempts: three are free, then each one needs a longer wait."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FREE_TRIES = 3
FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
FORGET_AFTER = 3600.0
MOST_FAILURES_A_MINUTE = 60
MOST_ACCOUNTS = 1000


@dataclass
class _Tries:
    failures: int = 0
    blocked_until: float = 0.0
    last: float = 0.0


class Throttle:
    """Counts wrong attempts for each account, from every address, and for all accounts together.

    No account is locked for ever: a wait is at most `LONGEST_WAIT` seconds, and a refused attempt
    does not extend the wait.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._accounts: dict[str, _Tries] = {}
        self._recent: deque[float] = deque()

    def wait(self, account: str) -> float:
        """Return the seconds until this account may try again; 0 if it may now."""
        now = self._clock()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        everyone = 60 - (now - self._recent[0]) if self._is_flooded else 0.0
        tries = self._accounts.get(account)
        return max(everyone, tries.blocked_until - now if tries else 0.0, 0.0)

    def failed(self, account: str) -> None:
        """Count a wrong password."""
        now = self._clock()
        self._forget(now)
        tries = self._accounts.setdefault(account, _Tries())
        tries.failures, tries.last = tries.failures + 1, now
        over = tries.failures - FREE_TRIES
        if over >= 0:
            tries.blocked_until = now + min(FIRST_WAIT * 2**over, LONGEST_WAIT)
        self._recent.append(now)

    def succeeded(self, account: str) -> None:
        """Reset the account's count after a right password."""
        self._accounts.pop(account, None)

    @property
    def _is_flooded(self) -> bool:
        return len(self._recent) >= MOST_FAILURES_A_MINUTE

    def _forget(self, now: float) -> None:
        old = [name for name, tries in self._accounts.items() if now - tries.last > FORGET_AFTER]
        if len(self._accounts) - len(old) >= MOST_ACCOUNTS:
            old.append(min(self._accounts, key=lambda name: self._accounts[name].last))
        for name in old:
            self._accounts.pop(name, None)
