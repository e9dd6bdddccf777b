"""The audit trail over SQLAlchemy."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.rows import event_values
from provisioning.adapters.sql.schema.tables import events
from provisioning.core.model.events import Event
from provisioning.core.ports.store import AuditTrail

_AT_ONCE = 500


class SqlAuditTrail(AuditTrail):
    """The audit trail: events that change no server, and reading all events."""

    def __init__(
        self, engine: AsyncEngine, on_event: Callable[[Event], None] = lambda _event: None
    ) -> None:
        """`on_event` is called with each audit event after its commit."""
        self._engine = engine
        self._on_event = on_event

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
