"""The way into a machine's init from this computer: a unix socket in the machine's folder.

Each side sends one JSON line: `{"program": "systemctl", "args": [...]}` -> `{"status", "stdout",
"stderr"}`. A connection that sends `{"program": "own"}` owns the machine as long as it stays open.
A machine without an owner shuts itself down after a while.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.client import short_path

LIMIT = 64 * 1024 * 1024  # bytes of one line: a run command's output fits


async def connect(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a machine's init. Raise OSError if no init listens."""
    with short_path(folder) as path:
        return await asyncio.open_unix_connection(path, limit=LIMIT)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and wait until it is closed."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def ask(folder: Path, program: str, args: list[str], timeout: float) -> dict[str, Any]:
    """Send one request. Raise OSError, or TimeoutError after `timeout` seconds."""
    reader, writer = await connect(folder)
    try:
        writer.write(json.dumps({"program": program, "args": args}).encode() + b"\n")
        async with asyncio.timeout(timeout):
            line = await reader.readline()
    finally:
        await close(writer)
    if not line:
        raise ConnectionResetError("the machine went down")
    return dict(json.loads(line))
