"""The census over SQLAlchemy."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end
from provisioning.adapters.sql.schema.rows import ENDED, server_of
from provisioning.adapters.sql.schema.tables import servers
from provisioning.core.model.server import Status
from provisioning.servers.census import Census, Crowd, Holding, Listing


class SqlCensus(Census):
    """Counts servers in the database, and reads no more rows than the bot shows."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def crowd(self) -> Crowd:
        live = servers.c.status.not_in(ENDED)
        counted = select(servers.c.status, func.count()).where(live).group_by(servers.c.status)
        people = select(func.count(distinct(servers.c.owner))).where(live)
        async with self._engine.connect() as connection:
            found = {Status(row[0]): int(row[1]) for row in await connection.execute(counted)}
            owners = int((await connection.execute(people)).scalar_one())
        return Crowd({each: found[each] for each in Status if each in found}, owners)

    @override
    @to_its_end
    async def holdings(self) -> Sequence[Holding]:
        kinds = (servers.c.owner, servers.c.region, servers.c.size)
        query = (
            select(*kinds, func.count())
            .where(servers.c.status.not_in((*ENDED, Status.STOPPED, Status.MISSING)))
            .group_by(*kinds)
        )
        async with self._engine.connect() as connection:
            return [Holding(*row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def listing(self, status: Status | None, failed_since: datetime, most: int) -> Listing:
        failed = and_(servers.c.status == Status.FAILED, servers.c.ended_at > failed_since)
        wanted = [or_(servers.c.status.not_in(ENDED), failed)]
        if status is not None:
            wanted.append(servers.c.status == status)
        query = select(servers).where(*wanted).order_by(servers.c.created_at, servers.c.id)
        count = select(func.count()).select_from(servers).where(*wanted)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.limit(most))).all()
            total = int((await connection.execute(count)).scalar_one())
        return Listing([server_of(row) for row in rows], total)
