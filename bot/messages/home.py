"""Redraw a member's Home tab when a server on it changes.

Level-triggered: an audit event marks its server, and one worker draws the latest Home of every
member whose Home shows the server. Ten changes at once cause one drawing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot.slack.errors import FAILURES, error_code
from provisioning.core.model.events import Event
from provisioning.core.ports.store import ServerStore, ShareStore

SECONDS_BETWEEN = 0.7
"""Seconds between two drawings: Slack takes slightly more than 100 `views.publish` a minute."""

log = structlog.get_logger(__name__)


class HomeUpdates:
    """The members who have opened a Home since the start, and the servers that have changed."""

    def __init__(self, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._seconds_between = seconds_between
        self._visitors: set[str] = set()
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def start(
        self,
        store: ServerStore,
        shares: ShareStore,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        """Start the worker; `publish` draws one member's Home."""
        self._worker = asyncio.get_running_loop().create_task(self._draw(store, shares, publish))

    async def close(self) -> None:
        """Stop the worker; a Home is drawn again when its member opens it."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def visited(self, user_id: str) -> None:
        """Note that this member has opened a Home, which later changes make out of date."""
        self._visitors.add(user_id)

    def on_event(self, event: Event) -> None:
        """Mark the event's server, so that its Homes are drawn again."""
        if event.server_id is not None and self._visitors:
            self._changed[event.server_id] = None
            self._wake.set()

    async def _draw(
        self,
        store: ServerStore,
        shares: ShareStore,
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, {}
            try:
                people = await _concerned(store, shares, changed) & self._visitors
            except Exception:
                log.exception("homes not drawn")
                continue
            for user in people:
                try:
                    await publish(user)
                except FAILURES as error:
                    log.info("home not drawn", user=user, error=error_code(error))
                except Exception:
                    log.exception("home not drawn", user=user)
                await asyncio.sleep(self._seconds_between)


async def _concerned(store: ServerStore, shares: ShareStore, server_ids: Iterable[str]) -> set[str]:
    """Return the members whose Home shows these servers: owners, guests and former guests."""
    found = set()
    for server_id in server_ids:
        server = await store.get(server_id)
        if server is not None:
            found.add(server.owner)
            found |= {share.member for share in await shares.shares(server_id)}
    return found
