"""The command line's side of the local address."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from provisioning.core.errors import UserError

RUN = "/run"
_SECONDS = aiohttp.ClientTimeout(total=120)


@contextlib.contextmanager
def short_path(file: Path) -> Iterator[str]:
    """Yield a path of the socket file that is short enough for the kernel's 107 bytes."""
    folder = os.open(file.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{file.name}"
    finally:
        os.close(folder)


class NoBotError(UserError):
    """No bot answers at the local address."""


async def ask_bot(file: Path, operation: str, words: Mapping[str, Any]) -> Any:
    """Return the running bot's result of an operation.

    Raises:
        UserError: with the bot's own sentence if it refuses.
        NoBotError: if no bot answers.
    """
    body = {"operation": operation, "words": {k: v for k, v in words.items() if v is not None}}
    try:
        with short_path(file) as path:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(path), timeout=_SECONDS
                ) as session,
                session.post(f"http://bot{RUN}", json=body) as answer,
            ):
                found = await answer.json()
    except PermissionError:
        raise NoBotError(
            f"This account may not use {file}. Run the command as the bot's account or as root."
        ) from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise NoBotError(
            f"No bot answers at {file}. Start it with `notebook-bot serve`, wait until it is "
            "ready, and run the command in the bot's folder, or set NOTEBOOK_BOT_LOCAL_SOCKET."
        ) from None
    if "error" in found:
        raise UserError(str(found["error"]))
    return found["result"]
