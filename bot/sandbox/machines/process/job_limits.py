"""How long a service's jobs may take, and how often the service may start, by its unit file."""

import signal
import time
from collections import deque

from bot.sandbox.machines.process.units import Unit

_USUAL_SECONDS = 90.0


def start_seconds(unit: Unit) -> float:
    """Return the timeout of a start; a oneshot service has none by default."""
    kind = unit.last("Service", "Type", "simple")
    usual = float("inf") if kind == "oneshot" else _USUAL_SECONDS
    return unit.seconds("Service", "TimeoutStartSec", _both_seconds(unit, usual))


def stop_seconds(unit: Unit) -> float:
    """Return the timeout of a stop, after which the processes are killed."""
    return unit.seconds("Service", "TimeoutStopSec", _both_seconds(unit, _USUAL_SECONDS))


def stop_signal(unit: Unit) -> int:
    """Return the number of the signal that stops the service's processes."""
    name = unit.last("Service", "KillSignal", "SIGTERM")
    return int(name) if name.isdigit() else signal.Signals["SIG" + name.removeprefix("SIG")]


def _both_seconds(unit: Unit, usual: float) -> float:
    return unit.seconds("Service", "TimeoutSec", usual)


class StartLimit:
    """The latest starts of a service, which systemd bounds to a number in an interval."""

    def __init__(self) -> None:
        self._starts: deque[float] = deque()

    def allows(self, unit: Unit) -> bool:
        """Count a start, and return whether the limit allows it."""
        interval = unit.seconds("Unit", "StartLimitIntervalSec", 10.0)
        burst = int(unit.last("Unit", "StartLimitBurst", "5"))
        now = time.monotonic()
        while self._starts and now - self._starts[0] > interval:
            self._starts.popleft()
        if interval > 0 and len(self._starts) >= burst:
            return False
        self._starts.append(now)
        return True

    def clear(self) -> None:
        """Forget all starts."""
        self._starts.clear()
