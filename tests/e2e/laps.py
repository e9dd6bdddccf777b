"""The times of a test's parts, written to a file in test-artifacts/ as each part ends."""

import time

from tests.real_machines import note


class Laps:
    """Measures the parts of a test, one after another."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def add(self, part: str) -> None:
        """Note the seconds since the end of the previous part."""
        now = time.monotonic()
        self._seconds[part], self._since = now - self._since, now
        note("from slack", self._seconds, file=self._file)

    def restart(self) -> None:
        """Begin the next part now, without the time since the previous part."""
        self._since = time.monotonic()
