"""Changes as JSON lines in a file, so that what people see outlives the process.

Each line is handed to the operating system at once and never synced: a kill of the process
loses nothing, and a change costs microseconds. A power cut may lose the latest lines.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Entry = tuple[str, dict[str, Any]]


class Journal:
    """Read it once, rewrite it with what is still of use, then append."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("a", encoding="utf-8")

    def read(self) -> Iterator[Entry]:
        """All entries, oldest first. A line that a kill cut in the middle is left out."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    kind, value = json.loads(line)
                except ValueError:
                    continue
                yield kind, value

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Put these in the place of all, at once: a kill leaves the old or the new file."""
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            for kind, value in entries:
                file.write(_line(kind, value))
        new.replace(self._path)
        self._file.close()
        self._file = self._path.open("a", encoding="utf-8")

    def append(self, kind: str, value: dict[str, Any]) -> None:
        """One more."""
        self._file.write(_line(kind, value))
        self._file.flush()

    def close(self) -> None:
        """Append no more."""
        self._file.close()


def _line(kind: str, value: dict[str, Any]) -> str:
    return json.dumps([kind, value], separators=(",", ":")) + "\n"
