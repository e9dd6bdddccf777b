"""Whether the system has killed a process for want of memory.

Linux counts such kills in the file memory.events of a service's control group, with those for want
of memory in the whole machine (kernel.org, cgroup-v2), and in /proc/vmstat for all of the machine.
Every user can read both. Other systems do not tell.
"""

from __future__ import annotations

from pathlib import Path


def kills(system: Path = Path("/")) -> int | None:
    """Return how many processes have been killed for want of memory, or None if that is unknown.

    The count is of this process's own control group, or of the machine.
    """
    try:
        for line in (system / "proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                group = system / "sys/fs/cgroup" / line[len("0::/") :]
                return _count(group / "memory.events")
    except (OSError, ValueError):
        pass
    try:
        return _count(system / "proc/vmstat")
    except (OSError, ValueError):
        return None


def _count(file: Path) -> int:
    """Return the number after `oom_kill`. Raises `ValueError` if the file has none."""
    for line in file.read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == "oom_kill":
            return int(value)
    raise ValueError(f"{file} has no oom_kill")
