"""Work on a full disk: what says that a disk is full, and a reserve for the bot's own small files.

The reserve lies in the admin's folder, beside the uploaded program, where no member's code can
take it. When a file does not fit, the reserve is given back and the work is done again; the next
probe lays the reserve down anew as soon as there is room.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from .commands import log
from .configuration import SOURCE
from .errors import SetUpError

RESERVE = SOURCE.parent / "reserve"
RESERVE_BYTES = 4 * 1024 * 1024
"""Room for the access list, its keys, the logs, and a newer program (1 MB)."""
_TIMES_FREE = 8
"""The reserve is laid down where so many times its size is free, so that it fills no disk."""
_BLOCK = b"\0" * (256 * 1024)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SAID = re.compile(
    r"no space left on device|disk quota exceeded|not enough space on the disk"
    r"|\bos error (?:28|112)\b",
    re.IGNORECASE,
)


class DiskFullError(SetUpError):
    """The machine's disk is full."""

    code = "DiskFull"

    def __init__(self, detail: str) -> None:
        super().__init__("The machine's disk is full.", detail)


def is_full(error: BaseException) -> bool:
    """Return whether this error says that the disk is full: our own writes, or a program's."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    if isinstance(error, SetUpError):
        return error.code == DiskFullError.code or bool(
            _SAID.search(f"{error.reason}\n{error.detail}")
        )
    return False


def despite_full_disk(work: Callable[[], None], reserve: Path = RESERVE) -> None:
    """Do the work, which may run twice: on a full disk once more, without the reserve.

    Raises `DiskFullError` if there is no room then either.
    """
    try:
        try:
            work()
        except (OSError, SetUpError) as error:
            if not is_full(error) or not reserve.exists():
                raise
            log(f"the disk is full ({error}): the reserve is given back")
            reserve.unlink()
            work()
    except (OSError, SetUpError) as error:
        if not is_full(error):
            raise
        raise DiskFullError(getattr(error, "detail", "") or repr(error)) from error


def lay_reserve(reserve: Path = RESERVE, size: int = RESERVE_BYTES) -> None:
    """Lay the reserve down, if it is missing and there is room enough for it."""
    with contextlib.suppress(OSError):
        if reserve.exists() or shutil.disk_usage(reserve.parent).free < size * _TIMES_FREE:
            return
        # No killed run leaves a half of it under the final name.
        new = reserve.with_name(".reserve.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for _ in range(0, size, len(_BLOCK)):
                file.write(_BLOCK)
        new.replace(reserve)
