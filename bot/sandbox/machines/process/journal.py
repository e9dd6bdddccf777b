"""The journal of a machine: one file for each unit, one line for each message.

A line is `<seconds since 1970>\\t<identifier>\\t<pid>\\t<message>`. The machine's journalctl reads
it.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bot.sandbox.machines.process.tree import Tree

_LARGEST = 8 * 1024 * 1024


def journal_file(tree: Tree, unit: str) -> Path:
    return tree.root / "var/log/journal" / f"{unit}.log"


class Journal:
    """The journal of one machine."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._readers: set[asyncio.ReadTransport] = set()

    def write(self, unit: str, message: str, *, identifier: str = "systemd", pid: int = 1) -> None:
        """Add a message; the older half is dropped when the unit's file grows past 8 MiB."""
        path = journal_file(self._tree, unit)
        if path.exists() and path.stat().st_size > _LARGEST:
            lines = path.read_text(errors="replace").splitlines(keepends=True)
            path.write_text("".join(lines[len(lines) // 2 :]))
        stamp = f"{time.time():.6f}"
        with path.open("a") as file:
            for line in message.splitlines() or [""]:
                file.write(f"{stamp}\t{identifier}\t{pid}\t{line}\n")

    async def follow(self, unit: str, identifier: str, pid: int, pipe: IO[bytes]) -> None:
        """Write the content of a pipe, until its last writer closes it."""
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: _Lines(self, unit, identifier, pid), pipe
        )
        self._readers.add(transport)

    def close(self) -> None:
        for transport in self._readers:
            transport.close()


class _Lines(asyncio.Protocol):
    """Cuts a stream of bytes into messages."""

    def __init__(self, journal: Journal, unit: str, identifier: str, pid: int) -> None:
        self._journal, self._unit = journal, unit
        self._identifier, self._pid = identifier, pid
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > 65536:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._write(line)

    def connection_lost(self, error: Exception | None) -> None:
        if self._rest:
            self._write(self._rest)

    def _write(self, line: bytes) -> None:
        text = line.decode(errors="replace").replace("\t", "    ")
        self._journal.write(self._unit, text, identifier=self._identifier, pid=self._pid)


def read(path: Path) -> Iterator[tuple[float, str, str, str]]:
    """Return the messages of one file: time, identifier, pid, text."""
    if path.exists():
        for line in path.read_text(errors="replace").splitlines():
            stamp, identifier, pid, text = line.split("\t", 3)
            yield float(stamp), identifier, pid, text
