"""A journal of changes as JSON lines, so that people's messages outlive the process.

Each line is handed to the operating system at once and never synced: a kill of the process loses
nothing, and a change costs microseconds. A power cut may lose the latest lines.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Entry = tuple[str, dict[str, Any]]


class Journal:
    """The journal: read it once, rewrite it with the entries that still count, then append."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("a", encoding="utf-8")

    def read(self) -> Iterator[Entry]:
        """Return all entries, oldest first. A line that a kill has cut short is left out."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    kind, value = json.loads(line)
                except ValueError:
                    continue
                yield kind, value

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Replace all entries at once: a kill leaves the old or the new file."""
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            for kind, value in entries:
                file.write(_line(kind, value))
        new.replace(self._path)
        self._file.close()
        self._file = self._path.open("a", encoding="utf-8")

    def append(self, kind: str, value: dict[str, Any]) -> None:
        """Append an entry."""
        self._file.write(_line(kind, value))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _line(kind: str, value: dict[str, Any]) -> str:
    return json.dumps([kind, value], separators=(",", ":")) + "\n"
