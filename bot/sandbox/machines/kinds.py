"""The kinds of machine that the sandbox can make."""

from pathlib import Path

from bot.sandbox.machines.port import Machines
from bot.sandbox.machines.process.machines import ProcessMachines


def build_machines(kind: str, folder: Path) -> Machines:
    """The kind that `DEMO_MACHINES` names; `folder` keeps the disks.

    Raises:
        ValueError: for a kind that there isn't, naming those that there are.
    """
    if kind == "process":
        return ProcessMachines(folder)
    raise ValueError(f"DEMO_MACHINES={kind} is not available; choose: process")
