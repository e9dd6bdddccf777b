"""How long Azure takes: (p50, p90) in seconds, server side, from sessions of 2017-2026.

A duration is drawn from a lognormal distribution through both points and divided by the speed.
"""

import math
import random

RECORDED = {
    "virtualMachines.put": (60.0, 118.0),
    "virtualMachines.put.windows": (94.0, 274.0),
    "virtualMachines.patch": (2.0, 5.0),
    "virtualMachines.deallocate": (44.0, 131.0),
    "virtualMachines.powerOff": (20.0, 60.0),
    "virtualMachines.start": (26.0, 62.0),
    "virtualMachines.restart": (30.0, 70.0),
    "virtualMachines.delete": (43.0, 120.0),
    "virtualMachines.runCommand": (68.0, 265.0),
    "virtualMachines/runCommands.put": (68.0, 265.0),
    "virtualMachines/extensions.put": (51.0, 144.0),
    "disks.put": (1.5, 4.0),
    "disks.patch": (2.0, 5.0),
    "disks.delete": (1.5, 4.0),
    "snapshots.put": (2.0, 6.0),
    "snapshots.delete": (2.0, 6.0),
    "publicIPAddresses.put": (1.0, 5.0),
    "virtualNetworks.put": (1.0, 6.0),
    "networkSecurityGroups.put": (1.0, 6.0),
    "resourceGroups.delete": (20.0, 60.0),
}
OTHERWISE = (1.0, 3.0)

_Z90 = 1.2816  # the standard normal's 90th percentile
_LONGEST = 3.0  # times p90: the tail is cut, so that no demo waits for an hour


class Durations:
    """Draws durations; the speed may change while the server runs."""

    def __init__(self, speed: float, seed: int | None = None) -> None:
        self.speed = speed
        self._random = random.Random(seed)  # noqa: S311 - durations are no secret

    def draw(self, operation: str) -> float:
        """Draw the unscaled seconds of an operation."""
        p50, p90 = RECORDED.get(operation, OTHERWISE)
        sigma = math.log(p90 / p50) / _Z90
        return min(self._random.lognormvariate(math.log(p50), sigma), p90 * _LONGEST)

    def scaled(self, seconds: float) -> float:
        """Return the seconds of this computer's clock."""
        return seconds / self.speed

    def retry_after(self, seconds: float) -> str:
        """Return a Retry-After header in scaled seconds; the SDKs honour fractions."""
        return f"{max(seconds / self.speed, 0.05):.3g}"
