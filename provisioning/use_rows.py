"""Uses over SQLAlchemy; see `provisioning.uses.Uses`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.tables import Moment, uses
from provisioning.transactions import to_its_end, writing
from provisioning.uses import Stretch, Use

_AT_ONCE = 500
"""Ids in one statement: both databases take far more."""


class UseRows:
    """A part of the watches' store."""

    _engine: AsyncEngine

    @to_its_end
    async def note_use(self, stretch: Stretch) -> None:
        """See `Uses.note_use`. One row is made longer as long as the use stays the same."""
        latest = (
            select(func.max(uses.c.until))
            .where(uses.c.server_id == stretch.server_id)
            .scalar_subquery()
        )
        longer = (
            update(uses)
            .where(
                uses.c.server_id == stretch.server_id,
                uses.c.until == latest,
                uses.c.until >= stretch.since,
                uses.c.until < stretch.until,
                uses.c.use == stretch.use,
            )
            .values(until=stretch.until)
        )
        since = literal(stretch.since, Moment)
        begin = case((latest > since, latest), else_=since)
        new = select(
            literal(stretch.server_id), literal(stretch.use.value), begin,
            literal(stretch.until, Moment),
        ).where(begin < literal(stretch.until, Moment))  # fmt: skip
        columns = [uses.c.server_id, uses.c.use, uses.c.since, uses.c.until]
        async with writing(self._engine) as connection:
            if not (await connection.execute(longer)).rowcount:
                await connection.execute(insert(uses).from_select(columns, new))

    @to_its_end
    async def uses(self, server_ids: Collection[str], since: datetime) -> Sequence[Stretch]:
        """See `Uses.uses`."""
        wanted, found = sorted(server_ids), []
        async with self._engine.connect() as connection:
            for first in range(0, len(wanted), _AT_ONCE):
                some = wanted[first : first + _AT_ONCE]
                query = (
                    select(uses)
                    .where(uses.c.server_id.in_(some), uses.c.until > since)
                    .order_by(uses.c.server_id, uses.c.until)
                )
                found += [
                    Stretch(row.server_id, Use(row.use), row.since, row.until)
                    for row in await connection.execute(query)
                ]
        return found

    @to_its_end
    async def forget_uses(self, before: datetime) -> None:
        """See `Uses.forget_uses`."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(uses).where(uses.c.until < before))
