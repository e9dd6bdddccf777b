"""Waiting for a lock that ends with its process, on every system. Any Python from 3.9 on."""

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
    """The descriptor of the lock's file, which nobody else holds now; closing it lets go."""
    # A link in a folder of the user's would lead to another file, where links are followed.
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
        import msvcrt  # noqa: PLC0415 - there on Windows alone

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError:
                continue  # it gives up after ten seconds
            return
    import fcntl  # noqa: PLC0415 - not there on Windows

    fcntl.flock(descriptor, fcntl.LOCK_EX)


def despite_readers(function: Callable[[], T]) -> T:
    """Call it, on Windows again while somebody has the file open, which is not for long."""
    for _ in range(_TRIES if sys.platform == "win32" else 0):
        try:
            return function()
        except PermissionError:
            time.sleep(_PAUSE)
    return function()
