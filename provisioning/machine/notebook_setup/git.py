"""What clones repositories: git by the system's packages, or dulwich where there is none."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .commands import run
from .environment import digest
from .files import ensure_file
from .layout import Layout

_MARKER = ".complete"


def ensure_dulwich(layout: Layout, lock: Path) -> bool:
    """dulwich at the locked version, in a folder of its own: it is no part of the notebooks'
    environment. For the Python that runs this, which the notebooks' user may run too."""
    wanted, marker = digest(lock.read_text(encoding="utf-8")), layout.dulwich / _MARKER
    if marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(layout.dulwich, ignore_errors=True)
    run(
        [layout.uv_program, "pip", "install", "--quiet", "--python", sys.executable, "--target",
         layout.dulwich, "--only-binary=:all:", "--require-hashes", "--requirement", lock],
        env={"UV_NO_PROGRESS": "1"},
    )  # fmt: skip
    ensure_file(marker, wanted)
    return True
