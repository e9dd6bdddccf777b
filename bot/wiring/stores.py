"""All stores over one database."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.adapters.sql.access.departures import SqlDepartures
from provisioning.adapters.sql.access.personal import SqlPersonalData
from provisioning.adapters.sql.access.shares import SqlShares
from provisioning.adapters.sql.access.ssh_keys import SqlMemberKeys
from provisioning.adapters.sql.approvals import SqlApprovals
from provisioning.adapters.sql.audit import SqlAuditTrail, SqlDueWork
from provisioning.adapters.sql.census import SqlCensus
from provisioning.adapters.sql.chat.interactions import SqlInteractions
from provisioning.adapters.sql.chat.posted_once import SqlFindings, SqlPostedOnce
from provisioning.adapters.sql.database import close_database
from provisioning.adapters.sql.limits import SqlOwnLimits
from provisioning.adapters.sql.members import SqlHeldMessages, SqlMembers, SqlMemberSettings
from provisioning.adapters.sql.servers import SqlServers
from provisioning.adapters.sql.usage import SqlUsage, SqlUses
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.model.events import Event


class Stores:
    """The stores of a database. `on_event` is called with each audit event."""

    def __init__(
        self, database: AsyncEngine, on_event: Callable[[Event], None] = lambda _event: None
    ) -> None:
        self.database = database
        self.servers = SqlServers(database, on_event)
        self.due = SqlDueWork(database)
        self.shares = SqlShares(database, on_event)
        self.member_keys = SqlMemberKeys(database, on_event)
        self.departures = SqlDepartures(database, on_event)
        self.personal = SqlPersonalData(database, on_event)
        self.limits = SqlOwnLimits(database, on_event)
        self.approvals = SqlApprovals(database, on_event)
        self.audit = SqlAuditTrail(database, on_event)
        self.watches = SqlWatches(database, on_event)
        self.members = SqlMembers(database)
        self.member_settings = SqlMemberSettings(database)
        self.held = SqlHeldMessages(database)
        self.census = SqlCensus(database)
        self.usage = SqlUsage(database)
        self.uses = SqlUses(database)
        self.posted_once = SqlPostedOnce(database)
        self.interactions = SqlInteractions(database)
        self.findings = SqlFindings(database)

    async def close(self) -> None:
        """Close the connections."""
        await close_database(self.database)
