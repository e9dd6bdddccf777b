"""Let the file system fill a disk that the cloud has enlarged.

Ubuntu's cloud-init does the same at each boot, so that nothing is left to do there. Other images do
it at their first boot only.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from .commands import run
from .errors import SetUpError

_PARTITION = re.compile(
    r"(?P<disk>/dev/(?:sd|vd|xvd)[a-z]+|/dev/nvme\d+n\d+(?=p|$))p?(?P<number>\d*)"
)
_NOTHING_TO_GROW = 1
"""growpart's exit status for a partition that fills its disk."""


class DiskGrowth(Protocol):
    """The way of one operating system."""

    def grow(self, folder: Path) -> None:
        """Enlarge the partition and the file system that hold the folder; safe to run twice."""
        ...


class LinuxDiskGrowth:
    """By growpart, and the program of the file system."""

    def grow(self, folder: Path) -> None:
        """Raises `SetUpError` for a disk that is laid out in another way than Azure's images."""
        columns = ("--noheadings", "--output", "SOURCE,FSTYPE,TARGET")
        device, kind, mounted = run(["findmnt", *columns, "--target", folder]).stdout.split()
        found = _PARTITION.fullmatch(device)
        if found is None:
            raise SetUpError(f"The file system lies on {device}, which is no disk of the machine.")
        if found["number"]:  # else the file system lies on the whole disk
            run(["growpart", found["disk"], found["number"]], ok=(0, _NOTHING_TO_GROW))
        if kind in ("ext4", "ext3"):
            run(["resize2fs", device])
        elif kind == "xfs":
            run(["xfs_growfs", mounted])
        elif kind == "btrfs":
            run(["btrfs", "filesystem", "resize", "max", mounted])
        else:
            raise SetUpError(f"A file system of the kind {kind} can't be enlarged.")
