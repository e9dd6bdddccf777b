"""The report of the set-up program: one JSON object per line on standard output."""

from __future__ import annotations

import json
import sys
import threading
from typing import TextIO


class Reporter:
    """Writes events, each as one whole line, from any thread."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def step_started(self, step: str) -> None:
        """Report that a step has begun."""
        self.emit("step", step=step, state="start")

    def step_done(self, step: str, seconds: float, changed: bool) -> None:
        """Report that a step has succeeded."""
        self.emit("step", step=step, state="done", seconds=round(seconds, 3), changed=changed)

    def emit(self, event: str, **values: object) -> None:
        """Report any event with its values."""
        with self._lock:
            self._stream.write(json.dumps({"event": event, **values}) + "\n")
            self._stream.flush()
