"""The end of a request whose machine runs, but whose notebook does not come up.

The machine is left on for a while: over SSH its log and its files can be read, and it can be
repaired. The cleanup stops it if nothing is done about it (`provisioning.idle.rules.unattended`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from provisioning.core.errors import HOST_KEY_CHANGED, NotYet, PermanentError
from provisioning.core.model.machine import HostAccess, Outage
from provisioning.core.model.server import Failure, Remains, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.durable.endings import FailedStep, Rows

_AT_THE_MACHINE = frozenset({"repair", "update", "admit", "verify", "running"})
"""The steps after the one that has reached the machine over SSH."""
_LINES = 12
_LONGEST_LOG = 1500

log = structlog.get_logger(__name__)


def is_outage(failed: FailedStep) -> bool:
    """Return whether the machine could be reached, and only its notebook does not work."""
    return failed.name in _AT_THE_MACHINE and failed.code != HOST_KEY_CHANGED


@dataclass(frozen=True)
class Outages:
    """Write that a server's notebook does not come up, and why.

    `kept` is the time for which such a machine is left on.
    """

    host: Host
    store: ServerStore
    clock: Clock
    access: Callable[[Server], Awaitable[HostAccess]]
    kept: timedelta

    async def settle(self, server: Server, failure: Failure) -> None:
        """Leave the server running, with its outage. The clean-up adds the log's last lines."""
        now = self.clock.now()
        await Rows(self.store, self.clock).settle(
            server,
            Status.RUNNING,
            failure,
            stopped_at=None,
            outage=Outage(now, now + self.kept),
            remains=Remains(failure.job),
        )

    async def add_log(self, server: Server) -> None:
        """Add the last lines of the notebook's log, if the machine gives them now."""
        if server.outage is None:
            return
        platform = get_platform(server.platform)
        try:
            lines = (await self.host.logs(await self.access(server), platform, _LINES)).server
        except (NotYet, PermanentError) as error:
            log.info("log not read", server=server.id, reason=error.reason)
            return
        outage = replace(server.outage, log="\n".join(lines)[-_LONGEST_LOG:])
        await self.store.update(server.id, server.generation, outage=outage)
