"""How full the servers' disks are: stored with the server, and told to its owner in time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.model.activity import Activity
from provisioning.core.model.machine import DiskUse, DiskWarning
from provisioning.core.model.server import Server
from provisioning.core.ports.store import ServerStore

LEVELS = (85, 95)
"""Percent of the disk at which the owner is told: time to act, and the last moment for it."""
_OVER = 2
"""Percent below a level at which that level is over, so that a disk at the level tells once."""

log = structlog.get_logger(__name__)


class DiskMessages(Protocol):
    """The messages about disks."""

    async def post_disk_warning(self, server: Server) -> None:
        """Post the warning `server.disk_warning` to the owner once, also after a crash.

        The message waits for the end of the owner's quiet hours, except at the highest level.
        Raises `DeliveryError` if Slack did not take it.
        """
        ...


@dataclass(frozen=True)
class DiskWatch:
    """Stores what a probe says about a disk, and warns the owner once for each level."""

    store: ServerStore
    messages: DiskMessages

    async def seen(self, server: Server, activity: Activity, now: datetime) -> None:
        """Store and tell what a probe of a running server says about its disk."""
        disk = activity.disk
        if disk is None:
            return
        warning = warning_after(server.disk_warning, disk, now)
        if _shown(disk) != _shown(server.disk) or warning != server.disk_warning:
            changed = await self.store.update(
                server.id, server.generation, disk=disk, disk_warning=warning
            )
            if changed is None:  # a newer request; the next probe tells
                return
            server = changed
        if warning is not None and not warning.told:
            await self._tell(server, warning)

    async def _tell(self, server: Server, warning: DiskWarning) -> None:
        try:
            await self.messages.post_disk_warning(server)
        except DeliveryError as error:  # the next probe tries again
            log.warning("disk warning not posted", server=server.id, reason=error.reason)
            return
        told = DiskWarning(warning.since, warning.level, told=True)
        await self.store.update(server.id, server.generation, disk_warning=told)


def warning_after(before: DiskWarning | None, disk: DiskUse, now: datetime) -> DiskWarning | None:
    """Return the warning that holds after a probe: the same one, a new one, or none.

    A level is told again only after the disk was clearly below it.
    """
    known = 0 if before is None else before.level
    reached = max((each for each in LEVELS if disk.percent >= each), default=0)
    if reached > known:
        return DiskWarning(now, reached)
    left = max(
        (each for each in LEVELS if each <= known and disk.percent > each - _OVER), default=0
    )
    if left == known:
        return before
    return DiskWarning(now, left, told=True) if left else None


def _shown(disk: DiskUse | None) -> object:
    """Return what people read of it, so that not every probe writes to the database."""
    return None if disk is None else (disk.percent, disk.size, disk.largest[:1])
