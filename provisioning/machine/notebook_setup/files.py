"""Files and folders that root owns: put there whole, only where they differ."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from .commands import run

_PLACE = re.compile(r"\{\{(\w+)\}\}")


def ensure_file(path: Path, content: str, mode: int = 0o644) -> bool:
    """The file with this content and mode; the change is seen whole or not at all."""
    data = content.encode()
    if path.is_file() and path.read_bytes() == data and _has_mode(path, mode):
        return False
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Always the same name: what a killed run left of it is overwritten by the next.
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
    """The folder, of that owner (root where none is given). Its parent must be root's."""
    is_new = not path.is_dir()
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    differs = not _has_mode(path, mode)
    if differs:
        path.chmod(mode)
    if owner:
        run(["chown", f"{owner}:{owner}", path])
    return is_new or differs


def ensure_tree(source: Path, target: Path) -> bool:
    """All files below `source`, readable by everybody; what is no longer in it goes."""
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
    """Fill the words in double braces. Raises KeyError for one that has no value."""
    return _PLACE.sub(lambda match: str(values[match[1]]), template)


def _has_mode(path: Path, mode: int) -> bool:
    """Where there are no modes (Windows), who may do what is the folder's matter."""
    return os.name != "posix" or path.stat().st_mode & 0o7777 == mode
