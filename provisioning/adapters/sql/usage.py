"""The facts from which usage is counted, over SQLAlchemy."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.columns import Moment
from provisioning.adapters.sql.schema.tables import events, servers, uses
from provisioning.core.model.activity import Stretch, Use, Uses
from provisioning.usage.ledger import TELLING_ACTIONS, Change
from provisioning.usage.reports import UsageBook

_AT_ONCE = 500
"""Ids in one statement; both databases take far more."""


class SqlUses(Uses):
    """Stretches of use, one row for each stretch."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def note_use(self, stretch: Stretch) -> None:
        # One row grows while the kind of use stays the same.
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
        until = literal(stretch.until, Moment)
        new = select(literal(stretch.server_id), literal(stretch.use.value), begin, until).where(
            begin < until
        )
        columns = [uses.c.server_id, uses.c.use, uses.c.since, uses.c.until]
        async with writing(self._engine) as connection:
            if not (await connection.execute(longer)).rowcount:
                await connection.execute(insert(uses).from_select(columns, new))

    @override
    @to_its_end
    async def uses(self, server_ids: Collection[str], since: datetime) -> Sequence[Stretch]:
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

    @override
    @to_its_end
    async def forget_uses(self, before: datetime) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(uses).where(uses.c.until < before))


_OF_THE_SERVER = (
    (events.c.owner, servers.c.owner),
    (events.c.size, servers.c.size),
    (events.c.price_per_hour, servers.c.price_per_hour),
)


class SqlUsage(UsageBook):
    """Reads usage from the audit trail and the stretches of use."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def changes(
        self, since: datetime, owner: str | None = None
    ) -> tuple[Sequence[Change], Mapping[str, str]]:
        wanted = [or_(servers.c.ended_at.is_(None), servers.c.ended_at >= since)]
        if owner is not None:
            once = select(events.c.server_id).where(events.c.owner == owner)
            wanted.append(or_(servers.c.owner == owner, servers.c.id.in_(once)))
        older = events.c.status.is_(None)
        columns: list[ColumnElement[Any]] = [
            events.c.server_id,
            events.c.at,
            events.c.actor,
            events.c.action,
            events.c.status,
            *(case((older, now), else_=then) for then, now in _OF_THE_SERVER),
            func.coalesce(events.c.disk_price, servers.c.disk_price),
        ]
        query = (
            select(*columns)
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

    @override
    @to_its_end
    async def owners(self, since: datetime) -> Collection[str]:
        existed = or_(servers.c.ended_at.is_(None), servers.c.ended_at >= since)
        before = (
            select(events.c.owner)
            .join(servers, servers.c.id == events.c.server_id)
            .where(existed, events.c.owner.is_not(None))
        )
        query = union(select(servers.c.owner).where(existed), before)
        async with self._engine.connect() as connection:
            return {row.owner for row in await connection.execute(query)}
