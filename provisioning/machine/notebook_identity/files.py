"""JSON files that one program replaces atomically and others read. Python 3.9 or newer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from .locks import despite_readers

T = TypeVar("T")


class WatchedFile(Generic[T]):
    """A file that is parsed again after each change; `parse` gets "" while there is no file."""

    def __init__(self, path: Path, parse: Callable[[str], T]) -> None:
        self._path = path
        self._parse = parse
        self._stamp: tuple[int, int, int] | None = None
        self._content = parse("")

    def read(self) -> T:
        """Return the present content; callers must not change it."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._content = None, self._parse("")
            return self._content
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._stamp:
            text = despite_readers(lambda: self._path.read_text(encoding="utf-8"))
            self._stamp, self._content = stamp, self._parse(text)
        return self._content


def replace_file(path: Path, text: str, mode: int = 0o600) -> None:
    """Write the file anew, all or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        despite_readers(lambda: Path(temporary).replace(path))
    except BaseException:
        Path(temporary).unlink()
        raise
