"""The one-time password on a card: gone from it once it was used, or its time is over.

The machine knows when it was used; its probe tells, at the looks of the scheduled cleanup.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from provisioning.core.model.activity import Activity
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Work
from provisioning.core.ports.store import ServerStore

LOOK_EVERY = timedelta(minutes=1)
"""Between two looks at a server whose password was shown lately: people sign in soon."""
_LATELY = timedelta(hours=1)


def look_soon(server: Server, now: datetime) -> bool:
    """Whether its password may be used any minute."""
    shown_at = server.password.shown_at if server.password else None
    return shown_at is not None and now - shown_at < _LATELY


@dataclass(frozen=True)
class UsedPasswords:
    """What a look says of the owner's password, written down and drawn."""

    store: ServerStore
    work: Work

    async def seen(self, server: Server, activity: Activity, now: datetime) -> None:
        """After each look at a running server."""
        password = server.password
        if password is None or password.shown_at is None or activity.passwords is None:
            return
        if server.owner in activity.passwords:
            return
        used_at = None if now >= password.expires_at else now
        event = Event(now, ENGINE, "password_used", server.id, "ok", server.name)
        # A newer password, on a newer card, is not this one.
        changed = await self.store.update_shown_password(server, used_at, event)
        if changed is not None:
            shown = password.shown_at.isoformat()
            await self.work.begin(Job.REDRAW, changed, f"password:{shown}")
