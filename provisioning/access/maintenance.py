"""Maintenance: no new work begins, and what runs is finished.

Stopping, deleting and everything that only shows goes on: it saves money and harms nothing.
"""

from datetime import datetime, timedelta

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import AuditTrail
from provisioning.members.posted_once import PostedOnce

_KEY = "maintenance"
_READ_EVERY = timedelta(seconds=5)


class Maintenance:
    """Whether the bot is in maintenance, on all processes of its database."""

    def __init__(self, posted: PostedOnce, audit: AuditTrail, clock: Clock) -> None:
        self._posted = posted
        self._audit = audit
        self._clock = clock
        self._since: datetime | None = None
        self._read_at: datetime | None = None

    async def begin(self, actor: str) -> None:
        """Refuse new work from now on; does nothing if it is refused already."""
        if await self._read() is not None:
            return
        now = self._clock.now()
        await self._posted.claim(_KEY, now)
        await self._posted.mark_posted(_KEY, now)
        await self._audit.record(Event(now, actor, "maintenance", None, "accepted", "on"))
        await self._read()

    async def end(self, actor: str) -> None:
        """Take new work again; does nothing if it is taken already."""
        if await self._read() is None:
            return
        await self._posted.forget(_KEY)
        event = Event(self._clock.now(), actor, "maintenance", None, "accepted", "off")
        await self._audit.record(event)
        await self._read()

    async def since(self) -> datetime | None:
        """Return since when new work is refused, None if it is not.

        Another process may have changed it, so the database is asked every 5 seconds at most.
        """
        now = self._clock.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < _READ_EVERY:
            await self._read()
        return self._since

    async def _read(self) -> datetime | None:
        self._since = (await self._posted.posted_at([_KEY])).get(_KEY)
        self._read_at = self._clock.now()
        return self._since

    async def require_open(self) -> None:
        """Refuse new work during maintenance, with `UserError`."""
        if await self.since() is not None:
            raise UserError(
                _(
                    "An admin is doing maintenance, so I begin nothing new now, and nothing was "
                    "done. Servers that run go on running, and `stop` and `delete` work. Try "
                    "again later."
                )
            )
