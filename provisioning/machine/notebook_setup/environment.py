"""uv, the installer, and what the server's and the kernels' environments have in common.

The machine's own configuration of pip and uv says which index packages come from; no index is named
here.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

from .commands import run
from .errors import SetUpError
from .files import ensure_directory, ensure_file
from .layout import Layout

OLDEST_PYTHON = (3, 11)
"""Oldest Python that the locks support; where the machine has an older one, uv fetches another."""
FALLBACK_PYTHON = "3.12"

_MARKER = ".complete"
_NAME_LENGTH = 16
"""Characters of the lock's digest in the wheel's name."""
_PROGRAMS = re.compile(r"uv-[^/]+\.data/scripts/(uvx?)")
"""The programs in uv's wheel, which need no other file of it."""


def ensure_uv(layout: Layout, lock: Path) -> bool:
    """Unpack uv, at the locked version, from the wheel that the bot has uploaded."""
    text = lock.read_text(encoding="utf-8")
    wanted = digest(text)
    marker = layout.uv / _MARKER
    if marker.is_file() and marker.read_text() == wanted:
        return False
    wheel = lock.parent.parent / f"uv-{wanted[:_NAME_LENGTH]}.whl"
    if f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" not in text:
        wheel.unlink()  # so that the next run of the bot uploads another one
        raise SetUpError("The uploaded installer uv does not have a locked hash. Try again.")
    shutil.rmtree(layout.uv, ignore_errors=True)
    folder = layout.uv_program.parent
    for each in (layout.uv, folder):
        ensure_directory(each)
    with zipfile.ZipFile(wheel) as packed:
        for found in filter(None, map(_PROGRAMS.fullmatch, packed.namelist())):
            program = folder / found[1]
            with packed.open(found[0]) as source, program.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            program.chmod(0o755)
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


def digest(text: str) -> str:
    """Return a digest by which two locks are told apart."""
    return hashlib.sha256(text.encode()).hexdigest()
