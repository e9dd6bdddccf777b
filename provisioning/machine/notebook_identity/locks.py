"""File locks that end with their process, on every operating system. Python 3.9 or newer."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_TRIES, _PAUSE = 50, 0.02


def open_locked(path: Path) -> int:
    """Wait for the lock and return its file's descriptor; closing that one releases the lock."""
    # Without O_NOFOLLOW a link in the user's folder could lead to another file.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        _wait_for(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _wait_for(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists only on Windows

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError:
                continue  # LK_LOCK gives up after ten seconds
            return
    import fcntl  # noqa: PLC0415 - does not exist on Windows

    fcntl.flock(descriptor, fcntl.LOCK_EX)


def despite_readers(function: Callable[[], T]) -> T:
    """Call a function; on Windows retry it while another process has the file open."""
    for _ in range(_TRIES if sys.platform == "win32" else 0):
        try:
            return function()
        except PermissionError:
            time.sleep(_PAUSE)
    return function()
