"""dulwich, which clones repositories on systems whose packages have no git."""

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
    """Install dulwich at the locked version, in a folder outside the notebooks' environment.

    It is installed for the Python that runs this program; the notebook user may run that one too.
    """
    wanted, marker = digest(lock.read_text(encoding="utf-8")), layout.dulwich / _MARKER
    if marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(layout.dulwich, ignore_errors=True)
    install = "pip install --quiet --only-binary=:all: --require-hashes --requirement".split()
    places: list[str | Path] = ["--python", sys.executable, "--target", layout.dulwich]
    run([layout.uv_program, *install, lock, *places], env={"UV_NO_PROGRESS": "1"})
    ensure_file(marker, wanted)
    return True
