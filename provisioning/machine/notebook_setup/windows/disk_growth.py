"""The growth of the file system on Windows, by one script."""

from __future__ import annotations

import os
from pathlib import Path

from .powershell import run_script


class WindowsDiskGrowth:
    """By Resize-Partition, which enlarges partition and file system together."""

    def grow(self, folder: Path) -> None:
        """Enlarge the system's drive, which holds all folders."""
        run_script("grow_disk", "-Letter", os.environ.get("SYSTEMDRIVE", "C:")[0])
