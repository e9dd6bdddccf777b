"""The activity probe on Linux: /proc and ps."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from .processes import Process, find_server, read_processes, sample
from .sessions import sessions


class LinuxLook:
    """See `probe.Look`."""

    def __init__(self, user: str, workers: Executor) -> None:
        self._admins = workers.submit(_admins)
        self._own = workers.submit(read_processes, user)

    def sessions(self) -> list[dict[str, Any]]:
        """Open SSH sessions."""
        return sessions(self._own.result(), self._admins.result(), self.uptime())

    def processes(self) -> list[dict[str, Any]]:
        """With the CPU that each takes from now on."""
        own = self._own.result()
        return sample(own, find_server(own))

    def load(self) -> list[float]:
        """Of one, five and fifteen minutes."""
        return [float(word) for word in _read("/proc/loadavg")[:3]]

    def uptime(self) -> float:
        """By the kernel."""
        return float(_read("/proc/uptime")[0])


class LinuxProbe:
    """See `probe.Probe`."""

    def look(self, user: str, workers: Executor) -> LinuxLook:
        """Reads the processes beside whatever else is asked."""
        return LinuxLook(user, workers)


def _admins() -> dict[int, Process]:
    """The processes of the account that the bot signs in to."""
    name = os.environ.get("SUDO_USER", "")
    return read_processes(name) if name else {}


def _read(path: str) -> list[str]:
    return Path(path).read_text(encoding="ascii").split()
