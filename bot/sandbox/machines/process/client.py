"""Requests of the stand-ins to a machine's init, without an event loop.

The module imports little, since each stand-in is a process that has to start fast.
"""

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
    """Return a path of the folder's socket that fits into a socket address of 108 bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


@contextmanager
def asked(folder: Path, program: str, args: list[str]) -> Iterator[dict[str, Any]]:
    """Send one request, as `control` describes it, and keep the connection until the block ends.

    Raise OSError if the machine goes down.
    """
    with short_path(folder) as path, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps({"program": program, "args": args}).encode() + b"\n")
        with connection.makefile("rb") as answer:
            line = answer.readline()
        if not line:
            raise ConnectionResetError("the machine went down")
        yield dict(json.loads(line))


def ask(folder: Path, program: str, args: list[str]) -> dict[str, Any]:
    """Return the answer to one request. Raise OSError if the machine goes down."""
    with asked(folder, program, args) as answer:
        return answer
