"""Copies of process machines' disks, beside the machines.

A copy can only become a machine of the same id. Programs on a process machine know the computer's
own paths (`tree`); environments, units and accounts are full of them.
"""

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.port import MachineSpec

FOLDER = ".disks"
_DESCRIPTION, _ROOT = "machine.json", "root"


class Disks:
    """Copies in the machines' `folder`."""

    def __init__(self, folder: Path) -> None:
        self._machines = folder
        self._folder = folder / FOLDER

    def copy(self, source: str, name: str) -> None:
        """Copy a disk. A copy with half of its files never has the final name."""
        machine = self._machines / source
        origin = machine if machine.exists() else self._folder / source
        new = self._folder / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        shutil.copy2(origin / _DESCRIPTION, new / _DESCRIPTION)
        _copy_tree(origin / _ROOT, new / _ROOT)
        self.delete(name)
        new.rename(self._folder / name)

    def delete(self, name: str) -> None:
        """Remove a copy; a missing copy is no error."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def become(self, spec: MachineSpec) -> dict[str, Any]:
        """Make the copy the machine's disk, and return what its system was made with."""
        machine, copy = self._machines / spec.machine_id, self._folder / spec.disk
        if copy.exists():
            made_with: dict[str, Any] = json.loads((copy / _DESCRIPTION).read_text())
            if made_with["machine_id"] != spec.machine_id:
                raise MachinesError(
                    f"the disk of {made_with['machine_id']} can't become {spec.machine_id}'s: a "
                    "process machine's disk holds absolute paths, so its VM needs the same name"
                )
            copy.rename(machine)
        known: dict[str, Any] = json.loads((machine / _DESCRIPTION).read_text())
        return known


def _copy_tree(source: Path, target: Path) -> None:
    """Copy a tree without sockets and pipes, which belong to processes.

    Files with several links are shared with a package cache, so nothing changes them: they are
    linked. All others are copied.
    """
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            there = target / entry.name
            if entry.is_symlink():
                there.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                _copy_tree(Path(entry.path), there)
            elif entry.is_file():
                _link_or_copy(entry, there)
    shutil.copystat(source, target)


def _link_or_copy(entry: os.DirEntry[str], target: Path) -> None:
    status = entry.stat(follow_symlinks=False)
    if status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
        target.hardlink_to(entry.path)
    else:
        shutil.copy2(entry.path, target)
