"""What the activity probe asks of an operating system."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Protocol


class Look(Protocol):
    """One look, begun already. Each method waits for its part, and raises SetUpError, OSError,
    ValueError or KeyError for what can't be known."""

    def sessions(self) -> list[dict[str, Any]]:
        """Sessions of people beside the notebook: user and age in seconds."""
        ...

    def processes(self) -> list[dict[str, Any]]:
        """The notebook user's, as `processes.described` describes them. Takes the sample of the
        CPU, so nothing else of ours should run."""
        ...

    def load(self) -> list[float]:
        """How busy the machine is: processes that run or wait to, the newest first."""
        ...

    def uptime(self) -> float:
        """Seconds since the boot."""
        ...


class Probe(Protocol):
    """One operating system's."""

    def look(self, user: str, workers: Executor) -> Look:
        """Begin to look at what runs as this user."""
        ...
