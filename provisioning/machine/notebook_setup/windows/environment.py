"""uv on Windows: the bootstrap script installs it, since Windows gets its Python from uv."""

from __future__ import annotations

from pathlib import Path

from ..commands import run
from ..errors import SetUpError
from ..layout import Layout


def check_uv(layout: Layout, lock: Path) -> bool:
    """Return False if uv has the locked version; raise SetUpError if it has another."""
    found = run([layout.uv_program, "--version"]).stdout.split()
    locked = lock.read_text(encoding="utf-8").split("uv==", 1)[1].split()[0]
    if found[1:2] != [locked]:
        raise SetUpError(
            f"The machine has uv {' '.join(found[1:2])} instead of {locked}, so the set-up "
            "can't go on. Delete the server and create it again."
        )
    return False
