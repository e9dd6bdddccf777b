"""The part of the activity probe that differs with the operating system."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Protocol


class RunningProbe(Protocol):
    """A probe that has begun.

    Each method waits for its part of the result. It raises SetUpError, OSError, ValueError or
    KeyError if that part can't be known.
    """

    def sessions(self) -> list[dict[str, Any]]:
        """Return the sessions outside JupyterLab, such as SSH: user and age in seconds."""
        ...

    def processes(self) -> list[dict[str, Any]]:
        """Return the notebook user's processes, each as `processes.described` returns it.

        It samples the CPU, so no other part of the probe should run meanwhile.
        """
        ...

    def load(self) -> list[float]:
        """Return the load of the machine: running and waiting processes, the latest value first."""
        ...

    def uptime(self) -> float:
        """Return the seconds since the boot."""
        ...

    def space(self, folder: Path) -> dict[str, int]:
        """Return `size`, `used` and `free` bytes of the disk that holds the folder."""
        ...


class Probe(Protocol):
    """The activity probe of one operating system."""

    def begin(self, user: str, workers: Executor) -> RunningProbe:
        """Begin to read the processes of this user."""
        ...
