"""The expected time of a creation, from the creations of this installation."""

import statistics
from collections.abc import Sequence

from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import Platform

LEAST_SEEN = 5
"""Fewest creations that count; below it the times in the platform's file are better."""
MOST_SEEN = 50
"""Most creations that count; older ones say little about the cloud of today."""


def expected_seconds(seen: Sequence[float], otherwise: tuple[int, int]) -> tuple[int, int]:
    """Return (p50, p90) of the seconds in `seen`, or `otherwise` if there are too few."""
    if len(seen) < LEAST_SEEN:
        return otherwise
    tenths = statistics.quantiles(seen, n=10, method="inclusive")
    return round(tenths[4]), round(tenths[8])


class Estimates:
    """Expected times, from the history in the database."""

    def __init__(self, store: ServerStore) -> None:
        self._store = store

    async def creation(self, platform: Platform, size: str) -> tuple[int, int]:
        """Return (p50, p90) in seconds, from the command to the hand-over."""
        seen = await self._store.creation_seconds(platform.name, size, MOST_SEEN)
        return expected_seconds(seen, platform.expected_seconds)
