"""Files and folders that root owns, written atomically and only where they differ."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from .commands import run

_PLACE = re.compile(r"\{\{(\w+)\}\}")


def ensure_file(path: Path, content: str, mode: int = 0o644) -> bool:
    """Write a file with this content and mode, atomically."""
    data = content.encode()
    if path.is_file() and path.read_bytes() == data and _has_mode(path, mode):
        return False
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Always the same name, so that the next run overwrites what a killed run has left.
    temporary = path.with_name(f".{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
        temporary.chmod(mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return True


def ensure_directory(path: Path, mode: int = 0o755, owner: str | None = None) -> bool:
    """Make a folder that `owner` ("user:group", by default root) owns.

    Root must own the parent folder.
    """
    is_new = not path.is_dir()
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    differs = not _has_mode(path, mode)
    if differs:
        path.chmod(mode)
    if owner:
        run(["chown", owner, path])
    return is_new or differs


def ensure_tree(source: Path, target: Path) -> bool:
    """Copy all files below `source`, readable by every user, and remove all others in `target`."""
    changed, wanted = False, set()
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = target / path.relative_to(source)
            wanted.add(copy)
            copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            changed |= ensure_file(copy, path.read_text(encoding="utf-8"))
    for path in sorted(target.rglob("*")):
        if path.is_file() and path not in wanted and "__pycache__" not in path.parts:
            path.unlink()
            changed = True
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    return changed


def render(template: str, values: Mapping[str, object]) -> str:
    """Replace the words in double braces. Raises KeyError for a word without a value."""
    return _PLACE.sub(lambda match: str(values[match[1]]), template)


def _has_mode(path: Path, mode: int) -> bool:
    """Return whether the path has the mode; on Windows True, since the folder's access counts."""
    return os.name != "posix" or path.stat().st_mode & 0o7777 == mode
