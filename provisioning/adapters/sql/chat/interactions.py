"""Members' interactions over SQLAlchemy."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.interactions import interactions
from provisioning.adapters.sql.schema.processes import processes
from provisioning.core.model.request import Interaction, InteractionKind
from provisioning.core.ports.interactions import InteractionStore


class SqlInteractions(InteractionStore):
    """The interactions: one row a key."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def add(self, interaction: Interaction, holder: str) -> bool:
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    insert(interactions).values(**asdict(interaction), holder=holder)
                )
        except IntegrityError:
            return False
        return True

    @override
    @to_its_end
    async def finish(self, key: str, now: datetime) -> None:
        statement = update(interactions).where(interactions.c.key == key)
        async with writing(self._engine) as connection:
            # An answered interaction needs no content any more.
            await connection.execute(statement.values(finished_at=now, content=""))

    @override
    @to_its_end
    async def take_abandoned(self, holder: str) -> Sequence[Interaction]:
        query = select(interactions).where(_abandoned(holder)).order_by(interactions.c.received_at)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [_interaction(row) for row in rows if await self._take(row.key, holder)]

    async def _take(self, key: str, holder: str) -> bool:
        statement = update(interactions).where(interactions.c.key == key, _abandoned(holder))
        async with writing(self._engine) as connection:
            return (await connection.execute(statement.values(holder=holder))).rowcount == 1

    @override
    @to_its_end
    async def forget(self, before: datetime) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(
                delete(interactions).where(interactions.c.received_at < before)
            )


def _abandoned(holder: str) -> ColumnElement[bool]:
    """Match the unanswered interactions of other processes that no longer live.

    On SQLite the only living process is the caller, and `processes` is empty.
    """
    return and_(
        interactions.c.finished_at.is_(None),
        interactions.c.holder != holder,
        interactions.c.holder.not_in(select(processes.c.executor_id)),
    )


def _interaction(row: Row[Any]) -> Interaction:
    kind = InteractionKind(row.kind)
    return Interaction(row.key, kind, row.member, row.content, row.received_at)
