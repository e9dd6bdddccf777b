"""Control groups: each holds all processes of a sandbox's machines, whatever started them.

A machine that was left behind is found and ended by its group for certain: a process can change its
name and parent, but not its control group.
"""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

KILL_SECONDS = 20.0

# Controllers as /proc/self/cgroup names them, and where that hierarchy is mounted.
_MOUNTS = (
    ("name=systemd", "/sys/fs/cgroup/systemd"),
    ("", "/sys/fs/cgroup/unified"),
    ("", "/sys/fs/cgroup"),
)


@dataclass(frozen=True)
class ControlGroup:
    """A group, by its folder in each hierarchy that systemd uses.

    There are two folders on computers that also have the older kind of hierarchy.
    """

    folders: tuple[Path, ...]

    @classmethod
    def own(cls) -> "ControlGroup":
        """Return the group of this process. Raise LookupError if there is none."""
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        paths = {names: path for _, names, path in (line.split(":", 2) for line in lines)}
        folders = tuple(
            Path(mount) / paths[names].lstrip("/")
            for names, mount in _MOUNTS
            if names in paths and Path(mount, "cgroup.procs").exists()
        )
        if not folders:
            raise LookupError("this computer has no control groups")
        return cls(folders)

    def __truediv__(self, name: str) -> "ControlGroup":
        return ControlGroup(tuple(folder / name for folder in self.folders))

    def make(self) -> None:
        """Make the group; an existing one stays."""
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)

    def end(self) -> None:
        """Kill every process in the group and below, and remove the group.

        Block until the processes are gone. A missing group is no error. Raise TimeoutError if a
        process stays.
        """
        deadline = time.monotonic() + KILL_SECONDS
        while pids := {pid for folder in self.folders for pid in _processes(folder)}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes {pids} did not end")
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for top in self.folders:
            for folder in _groups(top):
                folder.rmdir()


def _groups(group: Path) -> list[Path]:
    """Return the group and all groups below, the deepest first."""
    return [Path(folder) for folder, _, _ in os.walk(group, topdown=False)]


def _processes(group: Path) -> set[int]:
    pids: set[int] = set()
    for folder in _groups(group):
        try:
            pids.update(int(line) for line in (folder / "cgroup.procs").read_text().split())
        except OSError:  # the group has gone away by itself
            continue
    return pids
