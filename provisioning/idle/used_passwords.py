"""Remove the one-time password from a card once it is used or has expired.

The machine knows when the password is used; the probes of the cleanup report it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.core.model.activity import Activity
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Work, due_on
from provisioning.core.ports.store import ServerStore

PROBE_EVERY = timedelta(minutes=1)
"""Time between two probes of a server whose password was posted lately."""
_LATELY = timedelta(hours=1)


def probe_soon(server: Server, now: datetime) -> bool:
    """Return whether the password was posted lately, so that its use is likely."""
    shown_at = server.password.shown_at if server.password else None
    return shown_at is not None and now - shown_at < _LATELY


@dataclass(frozen=True)
class UsedPasswords:
    """Records the use of an owner's password, and has the card drawn without it."""

    store: ServerStore
    work: Work

    async def seen(self, server: Server, activity: Activity, now: datetime) -> None:
        """Record what a probe of a running server says about the owner's password."""
        password = server.password
        if password is None or password.shown_at is None or activity.passwords is None:
            return
        if server.owner in activity.passwords:
            return
        used_at = None if now >= password.expires_at else now
        event = Event(now, ENGINE, "password_used", server.id, "ok", server.name)
        key = f"password:{password.shown_at.isoformat()}"
        # Writes nothing if a newer card shows a newer password.
        changed = await self.store.update_shown_password(
            server, used_at, event, due_on(Job.REDRAW, server, key)
        )
        if changed is not None:
            await self.work.begin(Job.REDRAW, changed, key)
