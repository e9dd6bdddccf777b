"""The size of a process machine's disk and of its file system, as its programs report them.

There is no file system of its own: nothing refuses a write beyond the size. A file counts with its
length, so that a file with a hole fills the disk of a test without filling this computer's.
"""

import json
import os
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree

GIB = 1024**3
DEFAULT_GB = 30
"""Size of a disk that Azure makes of a Linux image without a size."""


def disk_bytes(tree: Tree) -> int:
    """Return the size of the disk, as the cloud has made it."""
    description = json.loads((tree.directory / "machine.json").read_text())
    return (int(description.get("disk_gb") or 0) or DEFAULT_GB) * GIB


def file_system_bytes(tree: Tree) -> int:
    """Return the size of the file system on it."""
    file = _file(tree)
    return int(file.read_text()) if file.exists() else grow_file_system(tree)


def grow_file_system(tree: Tree) -> int:
    """Let the file system fill the disk, and return its size."""
    size = disk_bytes(tree)
    _file(tree).write_text(str(size))
    return size


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


def _file(tree: Tree) -> Path:
    return tree.directory / "file-system"
