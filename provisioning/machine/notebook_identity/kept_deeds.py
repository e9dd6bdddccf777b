"""The members' own file, and what could not be written to it yet.

A full disk keeps no member out. What the file can't take stays in this process's memory, where it
counts as if it were written, and goes into the file as soon as there is room.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from .deeds import AllDeeds, deeds_text, parse_deeds
from .files import WatchedFile, replace_file
from .locks import open_locked

RETRY_SECONDS = 10.0
"""Time until the file is tried again without a change."""

_log = logging.getLogger("notebook_identity")


class KeptDeeds:
    """The deeds in a file, of which only this process is the writer."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._file = WatchedFile(path, parse_deeds)
        self._turn = Lock()
        self._unwritten: AllDeeds | None = None
        self._tried_at = 0.0

    def read(self) -> AllDeeds:
        """Return the present deeds; callers must not change them."""
        is_due = self._clock() - self._tried_at >= RETRY_SECONDS
        if self._unwritten is not None and is_due and self._turn.acquire(blocking=False):
            try:
                with _lock_of(self._path):
                    self._write(self._unwritten)
            finally:
                self._turn.release()
        kept = self._unwritten
        return self._file.read() if kept is None else kept

    @contextmanager
    def changing(self, tidy: Callable[[AllDeeds], None]) -> Iterator[AllDeeds]:
        """Change the deeds under a lock; `tidy` is called with them before they are written.

        An exception inside leaves them as they were.
        """
        with self._turn, _lock_of(self._path):
            if self._unwritten is None:
                text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
            else:
                text = deeds_text(self._unwritten)
            deeds = parse_deeds(text)
            yield deeds
            tidy(deeds)
            self._write(deeds)

    def _write(self, deeds: AllDeeds) -> None:
        self._tried_at = self._clock()
        try:
            replace_file(self._path, deeds_text(deeds))
        except OSError as error:
            if self._unwritten is None:
                _log.warning("members' deeds stay in memory until they can be written: %s", error)
            self._unwritten = deeds
            return
        if self._unwritten is not None:
            _log.warning("members' deeds are written again")
        self._unwritten = None


@contextmanager
def _lock_of(path: Path) -> Iterator[None]:
    """Hold the file's lock. Without room even for the lock, this process's own turns must do."""
    try:
        lock = open_locked(path.with_suffix(".lock"))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.close(lock)
