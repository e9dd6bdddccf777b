"""The audit trail, and the work that is due until its workflow has ended, in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.rows import event_values
from provisioning.adapters.sql.schema.tables import due_work, events
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job
from provisioning.core.ports.engine import Due, DueWork
from provisioning.core.ports.store import AuditTrail

_AT_ONCE = 500


class SqlAuditTrail(EventStore, AuditTrail):
    """The audit trail: events that change no server, and reading all events."""

    @override
    @to_its_end
    async def record(self, event: Event) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(insert(events).values(**event_values(event)))
        self._on_event(event)

    @override
    @to_its_end
    async def events(
        self, server_id: str | None = None, limit: int = 200, since: datetime | None = None
    ) -> Sequence[Event]:
        wanted = _lines_of(server_id, since)
        query = select(events).where(*wanted).order_by(events.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [_event(row) for row in rows]

    @override
    @to_its_end
    async def count_events(
        self, server_id: str | None = None, since: datetime | None = None
    ) -> int:
        query = select(func.count()).select_from(events).where(*_lines_of(server_id, since))
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    @to_its_end
    async def last_line(self) -> int:
        """Return the number of the latest line; 0 for an empty trail."""
        async with self._engine.connect() as connection:
            return int((await connection.execute(select(func.max(events.c.id)))).scalar() or 0)

    @to_its_end
    async def lines_after(self, line: int) -> Sequence[tuple[int, Event]]:
        """Return the next lines after that one, each with its number; at most 500."""
        query = select(events).where(events.c.id > line).order_by(events.c.id).limit(_AT_ONCE)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [(row.id, _event(row)) for row in rows]


def _event(row: Any) -> Event:
    return Event(row.at, row.actor, row.action, row.server_id, row.result, row.detail)


def _lines_of(server_id: str | None, since: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions for events of one server or of all, since a time or ever."""
    wanted: list[ColumnElement[bool]] = []
    if server_id is not None:
        wanted.append(events.c.server_id == server_id)
    if since is not None:
        wanted.append(events.c.at >= since)
    return wanted


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
