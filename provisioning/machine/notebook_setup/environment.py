"""uv, the installer, and what the server's and the kernels' environments have in common.

The machine's own configuration of pip and uv says which index packages come from; no index is named
here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from .commands import run
from .files import ensure_file
from .layout import Layout

OLDEST_PYTHON = (3, 11)
"""Oldest Python that the locks support; where the machine has an older one, uv fetches another."""
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


def uv_settings(layout: Layout) -> dict[str, str]:
    """Return uv's environment variables. A Python of its own lies in no user's home."""
    return {
        "UV_NO_PROGRESS": "1",
        "UV_PYTHON_INSTALL_DIR": str(layout.managed_python),
        "UV_HTTP_TIMEOUT": "120",  # seconds without a byte: a busy network may pause for 30
        "UV_HTTP_CONNECT_TIMEOUT": "60",  # two cores also compile meanwhile
        "UV_HTTP_RETRIES": "6",
    }


def newest_python(layout: Layout) -> str:
    """Return the Python for new environments: this one, or a version that root fetches with uv."""
    if sys.version_info >= OLDEST_PYTHON:
        return sys.executable
    fetch = "python install --quiet --no-bin".split()
    run([layout.uv_program, *fetch, FALLBACK_PYTHON], env=uv_settings(layout))
    return FALLBACK_PYTHON


def switch(link: Path, folder: Path) -> bool:
    """Let the link lead to a folder beside or below it; False if it leads there already.

    The link is replaced in one step. Windows can't do that for a link to a folder, so there the old
    link is removed first.
    """
    target = folder.relative_to(link.parent)
    if link.is_symlink() and link.readlink() == target:
        return False
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target, target_is_directory=True)
    try:
        new.replace(link)
    except PermissionError:
        with suppress(FileNotFoundError):
            link.unlink()
        new.rename(link)
    return True


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
