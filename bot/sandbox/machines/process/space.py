"""The size of a process machine's disk and of its file system, as its programs report them.

There is no file system of its own: nothing refuses a write beyond the size. A file counts with its
length, so that a file with a hole fills the disk of a test without filling this computer's.
"""

import json
import os
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.tree import Tree

GIB = 1024**3
_LINUX_IMAGE_GB, _WINDOWS_IMAGE_GB = 30, 127


def boot(tree: Tree) -> None:
    """Do what the system does about its disk at a boot.

    cloud-init fills the disk at each boot on Ubuntu, and at the first one on openSUSE. Windows
    keeps the partition of its image.
    """
    machine = _machine(tree)
    is_first = not _file(tree).exists()
    if _is_windows(machine):
        if is_first:
            _write(tree, _WINDOWS_IMAGE_GB * GIB, _WINDOWS_IMAGE_GB * GIB)
    elif is_first or not _is_suse(machine):
        _write(tree, disk_bytes(tree), disk_bytes(tree))


def layout(tree: Tree) -> tuple[str, str]:
    """Return partition and kind of a Linux system's root, as on Azure's images."""
    return ("/dev/sda4", "xfs") if _is_suse(_machine(tree)) else ("/dev/sda1", "ext4")


def disk_bytes(tree: Tree) -> int:
    """Return the size of the disk, as the cloud has made it."""
    machine = _machine(tree)
    image = _WINDOWS_IMAGE_GB if _is_windows(machine) else _LINUX_IMAGE_GB
    return (int(machine.get("disk_gb") or 0) or image) * GIB


def file_system_bytes(tree: Tree) -> int:
    """Return the size of the file system."""
    return int(json.loads(_file(tree).read_text())["file_system"])


def grow_partition(tree: Tree) -> bool:
    """Let the partition fill the disk; False if it does already."""
    known = json.loads(_file(tree).read_text())
    if known["partition"] >= disk_bytes(tree):
        return False
    _write(tree, disk_bytes(tree), known["file_system"])
    return True


def grow_file_system(tree: Tree) -> None:
    """Let the file system fill its partition."""
    size = json.loads(_file(tree).read_text())["partition"]
    _write(tree, size, size)


def used_bytes(tree: Tree) -> int:
    """Return the length of all files on the machine."""
    used, waiting = 0, [str(tree.root)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        used += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # removed during the search
    return used


def _machine(tree: Tree) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tree.directory / "machine.json").read_text())
    return found


def _is_windows(machine: dict[str, Any]) -> bool:
    return str(machine.get("os")) == "windows"


def _is_suse(machine: dict[str, Any]) -> bool:
    return str(machine.get("image", "")).lower().startswith("suse:")


def _write(tree: Tree, partition: int, file_system: int) -> None:
    _file(tree).write_text(json.dumps({"partition": partition, "file_system": file_system}))


def _file(tree: Tree) -> Path:
    return tree.directory / "file-system.json"
