"""The two ways into a virtual machine from this computer: QEMU's monitor and the guest agent."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.sandbox.machines.port import CommandResult

MONITOR, AGENT = "monitor.sock", "agent.sock"
_LIMIT = 64 * 1024 * 1024  # bytes of one line: a command's output fits
_SYNC_SECONDS = 5.0


@asynccontextmanager
async def _connected(
    folder: Path, name: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect by the folder's descriptor, since a socket's address has at most 108 bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        path = f"/proc/self/fd/{descriptor}/{name}"
        reader, writer = await asyncio.open_unix_connection(path, limit=_LIMIT)
    finally:
        os.close(descriptor)
    try:
        yield reader, writer
    finally:
        writer.close()


async def monitor(folder: Path, command: str) -> str:
    """Give QEMU's monitor one command, and return the answer. Raise OSError if QEMU is off."""
    async with _connected(folder, MONITOR) as (reader, writer):
        await reader.readuntil(b"(qemu) ")
        writer.write(f"{command}\n".encode())
        await writer.drain()
        answer = await reader.readuntil(b"(qemu) ")
        return answer.decode(errors="replace").partition("\n")[2].removesuffix("(qemu) ")


async def run_in_guest(folder: Path, script: str, timeout: float) -> CommandResult:
    """Run a shell script as the guest's root, by the guest agent, once the agent answers.

    Raise OSError if QEMU is off, TimeoutError after `timeout` seconds.
    """
    async with asyncio.timeout(timeout):
        while True:
            try:
                return await _run(folder, script)
            except (TimeoutError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.5)  # the guest boots, and its agent answers later


async def _run(folder: Path, script: str) -> CommandResult:
    async with _connected(folder, AGENT) as (reader, writer):
        # This discards what an earlier caller has left in the pipe.
        token = int.from_bytes(os.urandom(4))
        async with asyncio.timeout(_SYNC_SECONDS):
            _send(writer, "guest-sync", {"id": token})
            while json.loads(await reader.readline() or b"{}").get("return") != token:
                if reader.at_eof():
                    raise asyncio.IncompleteReadError(b"", None)
        encoded = base64.b64encode(script.encode()).decode()
        arguments = {
            "path": "/bin/sh",
            "arg": ["-s"],
            "input-data": encoded,
            "capture-output": True,
        }
        started = await _ask(reader, writer, "guest-exec", arguments)
        while True:
            state = await _ask(reader, writer, "guest-exec-status", {"pid": started["pid"]})
            if state["exited"]:
                texts = (base64.b64decode(state.get(key, "")) for key in ("out-data", "err-data"))
                output, errors = (text.decode(errors="replace") for text in texts)
                return CommandResult(int(state.get("exitcode", 1)), output, errors)
            await asyncio.sleep(0.1)


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, arguments: Any
) -> dict[str, Any]:
    _send(writer, name, arguments)
    answer: dict[str, Any] = json.loads(await reader.readline())
    if "return" not in answer:
        raise RuntimeError(f"{name}: {answer}")
    return dict(answer["return"])


def _send(writer: asyncio.StreamWriter, name: str, arguments: Any) -> None:
    writer.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
