"""The work that is due, in SQL: one row for each workflow that has not ended yet."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.tables import due_work
from provisioning.core.model.server import Job
from provisioning.core.ports.engine import Due, DueWork


class SqlDueWork(DueWork):
    """Due work, in the database of the servers."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def add(self, work: Due) -> None:
        async with writing(self._engine) as connection:
            await note_due(connection, work)

    @override
    @to_its_end
    async def done(self, ids: Collection[str]) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(due_work).where(due_work.c.id.in_(ids)))

    @override
    @to_its_end
    async def replace(self, ids: Collection[str], work: Due) -> bool:
        async with writing(self._engine) as connection:
            gone = await connection.execute(delete(due_work).where(due_work.c.id.in_(ids)))
            if gone.rowcount != len(ids):
                await connection.rollback()
                return False
            await note_due(connection, work)
        return True

    @override
    @to_its_end
    async def of(self, server_id: str | None = None) -> Sequence[Due]:
        query = select(due_work).order_by(due_work.c.server_id, due_work.c.id)
        if server_id is not None:
            query = query.where(due_work.c.server_id == server_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [Due(row.id, row.server_id, Job(row.job)) for row in rows]


async def note_due(connection: AsyncConnection, work: Due) -> None:
    """Note that work is due, in the transaction of the connection, unless it is noted already."""
    values = {"id": work.id, "server_id": work.server_id, "job": work.job}
    upsert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    await connection.execute(upsert(due_work).values(**values).on_conflict_do_nothing())
