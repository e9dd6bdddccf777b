"""Asking a machine's init without an event loop: what the stand-ins do. Imports little, since
each of them is a process that starts."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.tree import SOCKET


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """A name of the folder's socket that fits into the 108 bytes of a socket's address."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


@contextmanager
def asked(folder: Path, program: str, args: list[str]) -> Iterator[dict[str, Any]]:
    """One request, as `control` describes it; the connection stays for as long as the block
    runs. Raises OSError if the machine goes down."""
    with short_path(folder) as path, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps({"program": program, "args": args}).encode() + b"\n")
        with connection.makefile("rb") as answer:
            line = answer.readline()
        if not line:
            raise ConnectionResetError("the machine went down")
        yield dict(json.loads(line))


def ask(folder: Path, program: str, args: list[str]) -> dict[str, Any]:
    """One request and its answer. Raises OSError if the machine goes down."""
    with asked(folder, program, args) as answer:
        return answer
