"""What the bot tells its supervisor, by systemd's protocol of notifications.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import structlog

log = structlog.get_logger(__name__)


def tell_supervisor(*facts: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send facts such as `READY=1` or `STATUS=waits for Slack`; without a supervisor do nothing."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
        sender.sendto("\n".join(facts).encode(), address.replace("@", "\0", 1))


@asynccontextmanager
async def watched(environ: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """Ping the supervisor's watchdog twice in its time, as long as the event loop turns."""
    usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not usec.isdigit() or (pid and pid != str(os.getpid())):
        yield
        return
    pings = asyncio.create_task(_ping(int(usec) / 2e6, environ), name="watchdog")
    try:
        yield
    finally:
        pings.cancel()


async def _ping(pause: float, environ: Mapping[str, str]) -> None:
    while True:
        tell_supervisor("WATCHDOG=1", environ=environ)
        await asyncio.sleep(pause)
