"""What usage is counted from, over SQLAlchemy; see `provisioning.usage_reports.UsageBook`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, or_, select, union
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.ledger import TELLING_ACTIONS, Change
from provisioning.tables import events, servers
from provisioning.transactions import to_its_end
from provisioning.use_rows import UseRows

_OF_THE_SERVER = (
    (events.c.owner, servers.c.owner),
    (events.c.size, servers.c.size),
    (events.c.price_per_hour, servers.c.price_per_hour),
)


class SqlUsage(UseRows):
    """Reads the audit trail and what servers were used for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def changes(
        self, since: datetime, owner: str | None = None
    ) -> tuple[Sequence[Change], Mapping[str, str]]:
        """See `UsageBook.changes`."""
        wanted = [or_(servers.c.ended_at.is_(None), servers.c.ended_at >= since)]
        if owner is not None:
            once = select(events.c.server_id).where(events.c.owner == owner)
            wanted.append(or_(servers.c.owner == owner, servers.c.id.in_(once)))
        older = events.c.status.is_(None)
        query = (
            select(
                events.c.server_id,
                events.c.at,
                events.c.actor,
                events.c.action,
                events.c.status,
                *(case((older, now), else_=then) for then, now in _OF_THE_SERVER),
            )
            .join(servers, servers.c.id == events.c.server_id)
            .where(*wanted)
            .where(or_(events.c.status.is_not(None), events.c.action.in_(TELLING_ACTIONS)))
            .order_by(events.c.id)
        )
        names = select(servers.c.id, servers.c.name, servers.c.owner, servers.c.owner_name)
        async with self._engine.connect() as connection:
            found = [Change(*row) for row in await connection.execute(query)]
            rows = (await connection.execute(names.where(*wanted))).all()
        known = {row.owner: row.owner_name for row in rows}
        return found, known | {row.id: row.name for row in rows}

    @to_its_end
    async def owners(self, since: datetime) -> Collection[str]:
        """See `UsageBook.owners`."""
        existed = or_(servers.c.ended_at.is_(None), servers.c.ended_at >= since)
        before = (
            select(events.c.owner)
            .join(servers, servers.c.id == events.c.server_id)
            .where(existed, events.c.owner.is_not(None))
        )
        query = union(select(servers.c.owner).where(existed), before)
        async with self._engine.connect() as connection:
            return {row.owner for row in await connection.execute(query)}
