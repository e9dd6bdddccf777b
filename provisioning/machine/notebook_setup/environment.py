"""The notebooks' Python environment: the installer uv, then all packages of a lock with hashes.

The machine's own configuration of pip and uv says which index packages come from; no index is named
here.
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
"""Oldest Python that the lock supports; where the machine has an older one, uv fetches another."""
FALLBACK_PYTHON = "3.12"

_MARKER = ".complete"
_PIP_OPTIONS = (
    "--quiet --disable-pip-version-check --no-input --no-compile --no-deps --only-binary=:all: "
    "--require-hashes --root-user-action=ignore"
).split()


def has_pip() -> bool:
    """Return whether this Python has pip, installed or bundled, to fetch a wheel with."""
    return any(importlib.util.find_spec(name) is not None for name in ("pip", "ensurepip"))


def ensure_uv(layout: Layout, lock: Path) -> bool:
    """Install uv from its wheel, at the locked version."""
    wanted = digest(lock.read_text(encoding="utf-8"))
    marker = layout.uv / _MARKER
    if marker.is_file() and marker.read_text() == wanted:
        return False
    shutil.rmtree(layout.uv, ignore_errors=True)
    pip = [_pip_python(layout), "-m", "pip", "install", *_PIP_OPTIONS]
    run([*pip, "--target", layout.uv, "--requirement", lock])
    for path in (layout.uv, *layout.uv.rglob("*")):
        is_executable = path.is_dir() or path.parent.name == "bin"
        path.chmod(path.stat().st_mode | (0o555 if is_executable else 0o444))
    ensure_file(marker, wanted)
    return True


def ensure_environment(user: NotebookUser, layout: Layout, lock: Path) -> bool:
    """Make the environment with the locked packages, as the notebook user, who owns it.

    Packages that a member has added stay. The marker is written last. Without the marker all
    locked packages are installed again, since a killed installation leaves some incomplete.
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
        make = "venv --quiet --allow-existing --python".split()
        run_uv(user, layout, *make, newest_python(), layout.environment)
    install = "pip install --quiet --require-hashes --python".split()
    run_uv(user, layout, *install, layout.python, *again, "--requirement", copy)
    ensure_file(marker, wanted)
    return True


def python_version(user: NotebookUser, layout: Layout) -> str:
    """Return the version of the environment's Python, such as "3.12.3"."""
    code = "import platform; print(platform.python_version())"
    return user.run([layout.python, "-I", "-c", code]).stdout.strip()


def run_uv(user: NotebookUser, layout: Layout, *arguments: str | Path) -> None:
    """Run uv as the notebook user. Raises `CommandError` if uv fails."""
    user.run([layout.uv_program, *arguments], env={"UV_NO_PROGRESS": "1"})


def newest_python() -> str:
    """Return the Python for new environments: this one, or a version that uv fetches."""
    return sys.executable if sys.version_info >= OLDEST_PYTHON else FALLBACK_PYTHON


def _pip_python(layout: Layout) -> str:
    """Return a Python with pip: this one, or that of a new environment with the bundled pip."""
    if importlib.util.find_spec("pip") is not None:
        return sys.executable
    folder = layout.base / "pip"
    if not (folder / _MARKER).is_file():
        run([sys.executable, "-I", "-m", "venv", "--clear", folder])
        ensure_file(folder / _MARKER, "")
    return os.fspath(folder / "bin/python")


def digest(text: str) -> str:
    """Return a digest by which two locks are told apart."""
    return hashlib.sha256(text.encode()).hexdigest()
