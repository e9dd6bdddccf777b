"""The number of processes that share the database, and with it Slack's limits of the app."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class ProcessCount:
    """The number of living processes; one until the engine, which knows them, is wired."""

    count: Callable[[], int] = lambda: 1

    def now(self) -> int:
        """Return the number of processes, this one included."""
        return self.count()
