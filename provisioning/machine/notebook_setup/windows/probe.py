"""The activity probe on Windows: one script looks twice at what runs, for the CPU in between."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from typing import Any

from ..processes import Process, described, find_server
from .command_line import split
from .powershell import run_script


class WindowsLook:
    """See `probe.Look`."""

    def __init__(self, user: str, workers: Executor) -> None:
        self._user = user
        self._answer = workers.submit(run_script, "activity", "-User", user)

    def sessions(self) -> list[dict[str, Any]]:
        """Sessions other than the one of services and tasks: somebody is signed in. SSH lets
        the notebook user in nowhere."""
        ages: dict[int, float] = {}
        for each in self._facts()["processes"]:
            if each["session"] != 0:
                ages[each["session"]] = max(ages.get(each["session"], 0.0), each["age"])
        return [{"user": self._user, "seconds": round(age, 1)} for age in ages.values()]

    def processes(self) -> list[dict[str, Any]]:
        """With the CPU that each took between the two looks."""
        facts = self._facts()
        own = {int(each["pid"]): _process(each) for each in facts["processes"]}
        server = find_server(own)
        shares = {each["pid"]: each["used"] / facts["between"] for each in facts["processes"]}
        ages = {each["pid"]: each["age"] for each in facts["processes"]}
        return [
            described(process, own, server, cpu=shares[pid], seconds=ages[pid])
            for pid, process in own.items()
        ]

    def load(self) -> list[float]:
        """Windows has no such average: the processors' load now, as busy processors."""
        return [round(sum(percent / 100 for percent in self._facts()["load"]), 2)]

    def uptime(self) -> float:
        """By Windows's own counter."""
        return float(self._facts()["uptime"])

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._answer.result())
        return facts


class WindowsProbe:
    """See `probe.Probe`."""

    def look(self, user: str, workers: Executor) -> WindowsLook:
        """Runs the script beside whatever else is asked."""
        return WindowsLook(user, workers)


def _process(each: dict[str, Any]) -> Process:
    """Names come without `.exe`, as Get-Process gives them; times are counted elsewhere."""
    return Process(
        pid=int(each["pid"]),
        parent=int(each["parent"]),
        name=str(each["name"]),
        words=split(str(each["command"] or each["name"])),
        state="",
        ticks=0,
        started=0,
        environment={},
    )
