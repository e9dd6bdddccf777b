"""How full the machine's disk is, for the probe, and what takes most once it is nearly full."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .commands import run
from .errors import SetUpError

NEARLY_FULL = 0.8
"""Used share from which the largest folders are looked for: below the bot's first warning."""
SECONDS = 1.0
"""Time that the search may take; what it has found by then is reported."""
_MOST = 5
_TRASH = Path(".local/share/Trash")
"""Where Jupyter of an older version of the bot moved what members deleted."""


def disk_use(
    home: Path, work: Path, space: Callable[[], Mapping[str, int]]
) -> dict[str, Any] | None:
    """Return `size`, `used` and `free` bytes, and `largest` (names with bytes) if nearly full.

    None if that can't be known; it is no evidence of use either way.
    """
    try:
        found: dict[str, Any] = dict(space())
        is_nearly_full = found["used"] >= NEARLY_FULL * (found["used"] + found["free"])
        found["largest"] = largest(home, work) if is_nearly_full else []
        return found
    except (SetUpError, OSError, ValueError, KeyError):
        return None


def space_on_linux(folder: Path) -> dict[str, int]:
    """Return the bytes of the file system that holds the folder."""
    done = run(["df", "--block-size=1", "--output=size,used,avail", folder])
    size, used, free = map(int, done.stdout.splitlines()[-1].split())
    return {"size": size, "used": used, "free": free}


def largest(home: Path, work: Path, seconds: float = SECONDS) -> list[tuple[str, int]]:
    """Return the members' largest folders and files with their bytes, the largest first.

    They are named as JupyterLab's file browser shows them; outside of it their names begin with
    "~/". The search goes level by level, so that no folder uses up the time of the others.
    """
    deadline = time.monotonic() + seconds
    sizes: dict[str, int] = {}
    waiting: deque[tuple[str, str]] = deque()
    for name, entry in _parts(home, work):
        _count(entry, name, sizes, waiting)
    trash = home / _TRASH
    if trash.is_dir():
        waiting.append((f"~/{_TRASH.as_posix()}", str(trash)))
    while waiting and time.monotonic() < deadline:
        name, path = waiting.popleft()
        for entry in _entries(path):
            if Path(entry.path) != trash:
                _count(entry, name, sizes, waiting)
    ranked = sorted(sizes.items(), key=lambda each: each[1], reverse=True)
    return [each for each in ranked if each[1] > 0][:_MOST]


def _count(
    entry: os.DirEntry[str],
    name: str,
    sizes: dict[str, int],
    waiting: deque[tuple[str, str]],
) -> None:
    """Add a file to the size of its part, or a folder to those that are still to be searched."""
    with contextlib.suppress(OSError):  # removed during the search
        if entry.is_dir(follow_symlinks=False):
            waiting.append((name, entry.path))
        else:
            sizes[name] = sizes.get(name, 0) + entry.stat(follow_symlinks=False).st_size


def _parts(home: Path, work: Path) -> list[tuple[str, os.DirEntry[str]]]:
    """Return everything in JupyterLab's root and beside it, each with its name for people."""
    inside = [(entry.name, entry) for entry in _entries(work)]
    beside = [entry for entry in _entries(home) if Path(entry.path) != work]
    return inside + [(f"~/{entry.name}", entry) for entry in beside]


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
