"""Running the machine program over SSH and reading its report: one JSON object a line.

Events: `step` (start and end of one), `failed` (a reason for people, details for the log),
`not-yet` (a reason for the log), and one event at the end with the subcommand's result.
"""

import asyncio
import base64
import json
import logging
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import asyncssh

from provisioning.adapters.ssh.bundle import MachineBundle
from provisioning.adapters.ssh.reading import lines_of, number_of, too_much, words_of
from provisioning.adapters.ssh.shell import TOO_LATE, Shell
from provisioning.core.errors import DISK_FULL, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import MachineEvent
from provisioning.platforms.catalogue import Platform

_LARGEST = 64 * 1024 * 1024
"""Bytes of a result that comes in pieces, decompressed."""
_SECONDS = 600.0
"""Time that a subcommand may take, unless it is one of the long ones."""
_LONG_SECONDS = {
    "apply": 3600.0,
    "update": 1800.0,
    "repair": 1800.0,
    "python-packages": 3600.0,
    "repository": 3600.0,
}
_LONGEST_TAIL = 2000
_NOT_WHOLE = N_("The machine's answer arrived incomplete. Try again.")
_LOST = N_("The connection to the machine was lost")
_NOT_YET = N_("The notebook server is not ready yet")
DISK_IS_FULL = N_(
    "The server's disk is full, so that could not be done. Delete files in JupyterLab's file "
    "browser or in a terminal, which frees their space at once, or enlarge the disk with `resize` "
    "and `--disk`. Then try again."
)
_NO_ROOM = "No space left on device"
_log = logging.getLogger(__name__)

OnEvent = Callable[[MachineEvent], None]


async def run_bootstrap(
    connection: asyncssh.SSHClientConnection,
    shell: Shell,
    bundle: MachineBundle,
    platform: Platform,
) -> None:
    """Find or install a Python with the platform's script, and store its path."""
    status, output, errors = await shell.bootstrap(connection, bundle, platform)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if status != 0 or not lines:
        _log.warning("the bootstrap ended with %s: %s", status, errors[-2000:])
        refuse_full_disk(errors)
        raise PermanentError(
            N_(
                "The machine has no Python and could not install one ({error}). Create the server "
                "again; if that repeats, tell an admin.",
                error=_last_line(errors),
            ),
            "BootstrapFailed",
        )
    status, _, errors = await shell.keep_python(connection, lines[-1])
    if status != 0:
        raise PermanentError(
            N_(
                "The machine's disk can't be written ({error}). Create the server again; if that "
                "repeats, tell an admin.",
                error=_last_line(errors),
            ),
            "BootstrapFailed",
        )


def refuse_full_disk(errors: str) -> None:
    """Raise the `PermanentError` of a full disk if these are its errors."""
    if _NO_ROOM in errors:
        raise PermanentError(DISK_IS_FULL, DISK_FULL)


async def run_program(
    connection: asyncssh.SSHClientConnection,
    shell: Shell,
    directory: str,
    subcommand: str,
    specification: dict[str, object],
    on_event: OnEvent | None = None,
    pieces: "Pieces | None" = None,
) -> dict[str, Any]:
    """Run `setup.py <subcommand>` with all rights and the specification on its input.

    Returns the last event. Results that come in pieces are added to `pieces`.

    Raises:
        PermanentError: with the program's own reason, if the program failed.
        NotYet: if the program asks for a retry, the connection was lost before its end, or the
            program takes too long.
    """
    last: dict[str, Any]
    try:
        async with asyncio.timeout(_LONG_SECONDS.get(subcommand, _SECONDS)):
            command = await shell.program(connection, directory, subcommand)
            # No `async with`: its end would wait for a machine that does not close the channel.
            process = await connection.create_process(command, errors="replace")
            process.stdin.write(json.dumps(specification))
            process.stdin.write_eof()
            follow, tail = _follow(process.stdout, on_event, pieces), _tail(process.stderr)
            last, errors = await asyncio.gather(follow, tail)
            await process.wait_closed()
    except TimeoutError:
        raise NotYet(TOO_LATE) from None
    _judge(subcommand, process.exit_status, last, errors)
    return last


def _judge(
    subcommand: str, status: int | None, last: dict[str, Any], errors: Sequence[str]
) -> None:
    """Raise the error that the program's end means, if any."""
    if last.get("event") == "failed":
        _log.warning("%s failed in step %s: %s", subcommand, last.get("step"), last.get("detail"))
        code = words_of(last.get("code", "SetUpFailed"))[:100]
        raise PermanentError(
            DISK_IS_FULL if code == DISK_FULL else words_of(last.get("reason", "")), code
        )
    if last.get("event") == "not-yet":
        _log.info("%s will be tried again: %s", subcommand, last.get("reason"))
        raise NotYet(_NOT_YET)
    if status is None or status < 0:
        raise NotYet(_LOST)
    if status != 0 or not last:
        _log.warning("%s ended with status %s: %s", subcommand, status, "\n".join(errors))
        raise PermanentError(
            N_(
                "The set-up program failed with status {status} ({error}). Create the server "
                "again; if that repeats, tell an admin.",
                status=status,
                error=_last_line("\n".join(errors)),
            ),
            "SetUpFailed",
        )


async def _follow(
    lines: asyncssh.SSHReader[str], on_event: OnEvent | None, pieces: "Pieces | None"
) -> dict[str, Any]:
    """Report each step's event and return the last event; other output goes to the log."""
    last: dict[str, Any] = {}
    async for line in lines_of(lines):
        event = _parse(line)
        if event is None:
            _log.debug("from the machine: %s", line.rstrip())
            continue
        last = event
        if event.get("event") == "chunk" and pieces is not None:
            pieces.append(str(event.get("data", "")))
        if event.get("event") == "step" and on_event is not None:
            on_event(
                MachineEvent(
                    words_of(event.get("step", "")),
                    words_of(event.get("state", "")),
                    number_of(event.get("seconds")),
                )
            )
    return last


def _parse(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
        if "\\ud" in line.lower():  # half a character can be neither stored nor sent
            event = json.loads(json.dumps(event, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", event) if isinstance(event, dict) else None


async def _tail(lines: asyncssh.SSHReader[str]) -> list[str]:
    """Return the last lines: packages print much, and only the end gives the reason."""
    kept: deque[str] = deque(maxlen=20)
    async for line in lines_of(lines):
        kept.append(line.rstrip()[:_LONGEST_TAIL])
    return list(kept)


class Pieces:
    """A result that comes in pieces, decompressed as they come, up to the size limit."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._unpacker, self._content, self._largest = zlib.decompressobj(), bytearray(), largest

    def append(self, packed: str) -> None:
        """Add a piece. Raises `PermanentError` if it is no piece, or the result is too large."""
        room = self._largest - len(self._content)
        try:
            self._content += self._unpacker.decompress(base64.b64decode(packed), room + 1)
        except (ValueError, zlib.error):
            raise PermanentError(_NOT_WHOLE, "NotWhole") from None
        if len(self._content) > self._largest:
            raise too_much()

    def content(self) -> bytearray:
        """Return the result. Raises `PermanentError` if it is not whole."""
        if not self._unpacker.eof:
            raise PermanentError(_NOT_WHOLE, "NotWhole")
        return self._content


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return words_of(lines[-1])[:200] if lines else N_("no details")
