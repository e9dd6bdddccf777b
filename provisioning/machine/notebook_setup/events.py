"""The report: one JSON object a line on standard output."""

from __future__ import annotations

import json
import sys
import threading
from typing import TextIO


class Reporter:
    """Writes events whole, from any thread."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def step_started(self, step: str) -> None:
        """A step began."""
        self.emit("step", step=step, state="start")

    def step_done(self, step: str, seconds: float, changed: bool) -> None:
        """A step ended well."""
        self.emit("step", step=step, state="done", seconds=round(seconds, 3), changed=changed)

    def emit(self, event: str, **values: object) -> None:
        """Any event."""
        with self._lock:
            self._stream.write(json.dumps({"event": event, **values}) + "\n")
            self._stream.flush()
