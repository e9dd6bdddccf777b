"""The activity probe on Linux, by /proc and ps."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from .disk_use import space_on_linux
from .processes import Process, find_server, read_processes, sample
from .sessions import sessions


class RunningLinuxProbe:
    """A probe on Linux that has begun: workers read the processes."""

    def __init__(self, user: str, workers: Executor) -> None:
        self._admins = workers.submit(_admins)
        self._own = workers.submit(read_processes, user)

    def sessions(self) -> list[dict[str, Any]]:
        """Return the open SSH sessions."""
        return sessions(self._own.result(), self._admins.result(), self.uptime())

    def processes(self) -> list[dict[str, Any]]:
        """Return the processes with the CPU share of each from now on."""
        own = self._own.result()
        return sample(own, find_server(own))

    def load(self) -> list[float]:
        """Return the load averages of one, five and fifteen minutes."""
        return [float(word) for word in _read("/proc/loadavg")[:3]]

    def uptime(self) -> float:
        return float(_read("/proc/uptime")[0])

    def space(self, folder: Path) -> dict[str, int]:
        return space_on_linux(folder)


class LinuxProbe:
    """The activity probe on Linux."""

    def begin(self, user: str, workers: Executor) -> RunningLinuxProbe:
        """Read the processes in workers, in parallel with the other parts of the probe."""
        return RunningLinuxProbe(user, workers)


def _admins() -> dict[int, Process]:
    """Return the processes of the admin account, which the bot uses."""
    name = os.environ.get("SUDO_USER", "")
    return read_processes(name) if name else {}


def _read(path: str) -> list[str]:
    return Path(path).read_text(encoding="ascii").split()
