"""uv on Windows: the bootstrap brings it, since without it there is no Python to begin with."""

from __future__ import annotations

from pathlib import Path

from ..commands import run
from ..errors import SetUpError
from ..layout import Layout


def check_uv(layout: Layout, lock: Path) -> bool:
    """Nothing changes; raises SetUpError where it is not the locked version."""
    found = run([layout.uv_program, "--version"]).stdout.split()
    locked = lock.read_text(encoding="utf-8").split("uv==", 1)[1].split()[0]
    if found[1:2] != [locked]:
        raise SetUpError(f"The machine has uv {' '.join(found[1:2])} instead of {locked}.")
    return False
