"""The running bot's address on this computer: a socket file that only the bot's account may use.

SQLite has one process, so the command line hands its work to the bot, which has the queue, the
rights and the audit trail. HTTP over a Unix socket: no port, no token, no other computer.
"""

import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.local.caller import RUN, short_path
from bot.local.operations import Operations
from provisioning.core.errors import DatabaseDownError, NotYet, PermanentError, UserError
from provisioning.core.language import speaking

_REFUSED = 422

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def open_door(file: Path, operations: Operations) -> AsyncIterator[None]:
    """Answer at the socket file. Where another bot answers there, log that and do nothing."""
    listener = _listen(file)
    if listener is None:
        yield
        return
    server = web.Application()
    server.router.add_post(RUN, partial(_run, operations))
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()
        file.unlink(missing_ok=True)


def _listen(file: Path) -> socket.socket | None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with short_path(file) as path:
            if _answers(path):
                log.warning("another bot has the local address", file=str(file))
                return None
            file.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)
            try:
                listener.bind(path)
            finally:
                os.umask(before)
    except OSError as error:
        log.warning("no local address", file=str(file), error=error.strerror)
        return None
    return listener


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        try:
            trial.connect(path)
        except OSError:
            return False
    return True


async def _run(operations: Operations, request: web.Request) -> web.Response:
    if not _is_ours(request):
        return web.json_response({"error": "This account may not use the bot."}, status=403)
    wanted: dict[str, Any] = await request.json()
    name, words = str(wanted.get("operation")), wanted.get("words") or {}
    try:
        with speaking("en"):
            result = await operations.run(name, words)
    except UserError as error:
        return web.json_response({"error": error.message}, status=_REFUSED)
    except PermanentError as error:
        return web.json_response({"error": error.for_admins}, status=_REFUSED)
    except NotYet as not_yet:
        error_text = f"{not_yet.reason}. Try again in a minute."
        return web.json_response({"error": error_text}, status=_REFUSED)
    except DatabaseDownError:
        error_text = "The database does not answer, so nothing was done. Try again in a minute."
        return web.json_response({"error": error_text}, status=_REFUSED)
    return web.json_response({"result": result})


def _is_ours(request: web.Request) -> bool:
    """Return whether the caller's account is the bot's or root; the file's mode says so too."""
    peer = request.get_extra_info("socket")
    sizes = struct.calcsize("3i")
    _pid, user, _group = struct.unpack(
        "3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, sizes)
    )
    return user in (0, os.getuid())
