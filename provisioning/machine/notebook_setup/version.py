"""The version of what the bot brings to a machine. The bot reads it by the same function."""

from __future__ import annotations

import hashlib
from pathlib import Path

_PROGRAMS = ("notebook_identity", "notebook_execution", "as_user", "as_root", "assets")


def version_of(folder: Path) -> str:
    """Return a digest (16 hex digits) of what a machine gets from the folder of its program.

    It covers the lock of the server's environment and the programs that stay on the machine.
    """
    found = hashlib.sha256((folder / "server.lock").read_bytes())
    for name in _PROGRAMS:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(path.relative_to(folder).as_posix().encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:16]
