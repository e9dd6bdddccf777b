"""How long a creation usually takes, by what this installation has seen."""

import statistics
from collections.abc import Sequence

from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import Platform

LEAST_SEEN = 5
"""Fewer creations say less than the recorded sessions of the platform's file."""
MOST_SEEN = 50
"""Older ones say little of today's cloud."""


def usual_seconds(seen: Sequence[float], otherwise: tuple[int, int]) -> tuple[int, int]:
    """(p50, p90) in seconds of those that were seen, or `otherwise` if they are too few."""
    if len(seen) < LEAST_SEEN:
        return otherwise
    tenths = statistics.quantiles(seen, n=10, method="inclusive")
    return round(tenths[4]), round(tenths[8])


class Estimates:
    """From the history in the store."""

    def __init__(self, store: ServerStore) -> None:
        self._store = store

    async def creation(self, platform: Platform, size: str) -> tuple[int, int]:
        """(p50, p90) in seconds, from the command to the hand-over."""
        seen = await self._store.creation_seconds(platform.name, size, MOST_SEEN)
        return usual_seconds(seen, platform.expected_seconds)
