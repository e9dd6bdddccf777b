"""The Python environment of the notebooks: the installer uv, then everything by a hashed lock.

Where packages come from is the machine's own configuration (pip's and uv's); no index is
named here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from .commands import run
from .files import ensure_file
from .layout import Layout
from .users import NotebookUser

OLDEST_PYTHON = (3, 11)
"""The lock is resolved from here on; a machine with an older one gets a newer by uv."""
FALLBACK_PYTHON = "3.12"

_MARKER = ".complete"


def has_pip() -> bool:
    """Whether this Python can fetch a wheel, by itself or by its bundled pip."""
    return any(importlib.util.find_spec(name) is not None for name in ("pip", "ensurepip"))


def ensure_uv(layout: Layout, lock: Path) -> bool:
    """uv out of its wheel, at the locked version."""
    wanted = digest(lock.read_text(encoding="utf-8"))
    marker = layout.uv / _MARKER
    if marker.is_file() and marker.read_text() == wanted:
        return False
    shutil.rmtree(layout.uv, ignore_errors=True)
    run(
        [_pip_python(layout), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-input", "--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes",
         "--root-user-action=ignore", "--target", layout.uv, "--requirement", lock]
    )  # fmt: skip
    for path in (layout.uv, *layout.uv.rglob("*")):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin"
                                          else 0o444))  # fmt: skip
    ensure_file(marker, wanted)
    return True


def ensure_environment(user: NotebookUser, layout: Layout, lock: Path) -> bool:
    """The environment with the locked packages, made by and belonging to the user.

    What people installed besides stays. The marker is written last: without it the packages
    are put in again, since a killed installation leaves some half.
    """
    text = lock.read_text(encoding="utf-8")
    wanted, marker = digest(text), layout.base / ".environment"
    if marker.is_file() and marker.read_text() == wanted and layout.python.exists():
        return False
    marker.unlink(missing_ok=True)
    copy = layout.library / "notebook.lock"
    ensure_file(copy, text)
    again = ["--reinstall"] if layout.python.exists() else []
    if not again:
        _uv(user, layout, "venv", "--quiet", "--allow-existing", "--python", newest_python(),
            layout.environment)  # fmt: skip
    _uv(user, layout, "pip", "install", "--quiet", "--python", layout.python, "--require-hashes",
        *again, "--requirement", copy)  # fmt: skip
    ensure_file(marker, wanted)
    return True


def python_version(user: NotebookUser, layout: Layout) -> str:
    """The environment's Python, such as "3.12.3"."""
    code = "import platform; print(platform.python_version())"
    return user.run([layout.python, "-I", "-c", code]).stdout.strip()


def _uv(user: NotebookUser, layout: Layout, *arguments: str | Path) -> None:
    user.run([layout.uv_program, *arguments], env={"UV_NO_PROGRESS": "1"})


def newest_python() -> str:
    """What uv makes environments with: this one, or a newer that it fetches."""
    return sys.executable if sys.version_info >= OLDEST_PYTHON else FALLBACK_PYTHON


def _pip_python(layout: Layout) -> str:
    """A Python that has pip: this one, or an environment that its bundled pip is put into."""
    if importlib.util.find_spec("pip") is not None:
        return sys.executable
    folder = layout.base / "pip"
    if not (folder / _MARKER).is_file():
        run([sys.executable, "-I", "-m", "venv", "--clear", folder])
        ensure_file(folder / _MARKER, "")
    return os.fspath(folder / "bin/python")


def digest(text: str) -> str:
    """Tells one lock from another."""
    return hashlib.sha256(text.encode()).hexdigest()
