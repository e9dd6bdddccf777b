"""Every store over one database."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.adapters.sql.approvals import SqlApprovals
from provisioning.adapters.sql.audit import SqlAuditTrail
from provisioning.adapters.sql.database import close_database
from provisioning.adapters.sql.limits import SqlOwnLimits
from provisioning.adapters.sql.members import SqlMembers
from provisioning.adapters.sql.servers import SqlServers
from provisioning.adapters.sql.shares import SqlShares
from provisioning.adapters.sql.ssh_keys import SqlMemberKeys
from provisioning.adapters.sql.usage import SqlUses
from provisioning.core.model.events import Event


class Stores:
    """The stores of a database; `on_event` is called with each audit event."""

    def __init__(
        self, engine: AsyncEngine, on_event: Callable[[Event], object] = lambda _event: None
    ) -> None:
        def hear(event: Event) -> None:
            on_event(event)

        self.engine = engine
        self.servers = SqlServers(engine, hear)
        self.shares = SqlShares(engine, hear)
        self.keys = SqlMemberKeys(engine, hear)
        self.limits = SqlOwnLimits(engine, hear)
        self.approvals = SqlApprovals(engine, hear)
        self.audit = SqlAuditTrail(engine, hear)
        self.members = SqlMembers(engine)
        self.uses = SqlUses(engine)

    async def close(self) -> None:
        """Close the connections."""
        await close_database(self.engine)
