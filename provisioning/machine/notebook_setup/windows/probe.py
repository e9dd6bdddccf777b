"""The activity probe on Windows: one script reads the processes twice, to measure CPU."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ..processes import Process, described, find_server
from .command_line import split
from .powershell import run_script


class RunningWindowsProbe:
    """A probe on Windows that has begun: the script runs in a worker."""

    def __init__(self, user: str, workers: Executor) -> None:
        self._user = user
        self._answer = workers.submit(run_script, "activity", "-User", user)

    def sessions(self) -> list[dict[str, Any]]:
        """Return every session but session 0, which belongs to services and tasks.

        SSH never admits the notebook user on Windows, so these are sessions at a desktop.
        """
        ages: dict[int, float] = {}
        for each in self._facts()["processes"]:
            if each["session"] != 0:
                ages[each["session"]] = max(ages.get(each["session"], 0.0), each["age"])
        return [{"user": self._user, "seconds": round(age, 1)} for age in ages.values()]

    def processes(self) -> list[dict[str, Any]]:
        """Return the processes with the CPU share of each between the two samples."""
        facts = self._facts()
        own = {int(each["pid"]): _process(each) for each in facts["processes"]}
        server = find_server(own)
        shares = {each["pid"]: each["used"] / facts["between"] for each in facts["processes"]}
        ages = {each["pid"]: each["age"] for each in facts["processes"]}
        taken = {each["pid"]: each["cpu"] for each in facts["processes"]}
        return [
            described(
                process, own, server, cpu=shares[pid], cpu_seconds=taken[pid], seconds=ages[pid]
            )
            for pid, process in own.items()
        ]

    def load(self) -> list[float]:
        """Return the number of busy processors now: Windows has no load average."""
        return [round(sum(percent / 100 for percent in self._facts()["load"]), 2)]

    def uptime(self) -> float:
        return float(self._facts()["uptime"])

    def space(self, folder: Path) -> dict[str, int]:
        """Return those of the system's drive, which is the machine's only disk."""
        disk = self._facts()["disk"]
        size, free = int(disk["size"]), int(disk["free"])
        return {"size": size, "used": size - free, "free": free}

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._answer.result())
        return facts


class WindowsProbe:
    """The activity probe on Windows."""

    def begin(self, user: str, workers: Executor) -> RunningWindowsProbe:
        """Start the script in a worker, in parallel with the other parts of the probe."""
        return RunningWindowsProbe(user, workers)


def _process(each: dict[str, Any]) -> Process:
    """Return a process of the script's answer; names have no `.exe`, as with Get-Process."""
    return Process(
        pid=int(each["pid"]),
        parent=int(each["parent"]),
        name=str(each["name"]),
        words=split(str(each["command"] or each["name"])),
        state="",
        ticks=0,
        started=int(each["started"]),
        environment={},
    )
