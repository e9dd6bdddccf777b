"""Members' own limits over SQLAlchemy, and the check of limits inside a transaction."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.rows import ENDED, event_values
from provisioning.adapters.sql.schema.tables import events, member_limits, servers
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow, Load, OwnLimits, load_of
from provisioning.core.ports.store import OwnLimitStore

_GATE = 0x6E62_6C69
"""PostgreSQL's advisory lock for every check of limits."""


class SqlOwnLimits(EventStore, OwnLimitStore):
    """Members' own limits, and members' loads."""

    @override
    @to_its_end
    async def own_limits(self) -> Mapping[str, OwnLimits]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(member_limits))
            return {row.member: _own(row) for row in rows}

    @override
    @to_its_end
    async def own_limits_of(self, member: str) -> OwnLimits | None:
        query = select(member_limits).where(member_limits.c.member == member)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _own(row)

    @override
    @to_its_end
    async def set_own_limits(self, member: str, own: OwnLimits | None, event: Event) -> None:
        remove = delete(member_limits).where(member_limits.c.member == member)
        async with writing(self._engine) as connection:
            await connection.execute(remove)
            if own is not None:
                await connection.execute(insert(member_limits).values(member=member, **_row(own)))
            await connection.execute(insert(events).values(**event_values(event)))
        self._on_event(event)

    @override
    @to_its_end
    async def load(self) -> Mapping[str, Load]:
        async with self._engine.connect() as connection:
            return await load_by_owner(connection)


async def one_at_a_time(connection: AsyncConnection) -> None:
    """Let one transaction at a time check limits, until its end.

    Only then is a counted load still right when the transaction commits. SQLite has one writer
    anyway: there, write before you count.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": _GATE})


async def load_by_owner(connection: AsyncConnection) -> Mapping[str, Load]:
    """Return each owner's load, grouped by the database so that few rows are read."""
    kinds = (
        servers.c.owner,
        servers.c.size,
        servers.c.price_per_hour,
        servers.c.disk_price,
    )
    query = (
        select(*kinds, func.count().label("servers"))
        .where(servers.c.status.not_in(ENDED))
        .group_by(*kinds)
    )
    found: defaultdict[str, Load] = defaultdict(Load)
    for row in await connection.execute(query):
        found[row.owner] += load_of(row.size, row.price_per_hour, row.disk_price, row.servers)
    return dict(found)


async def ask_limits(connection: AsyncConnection, owner: str, allow: Allow) -> None:
    """Call `allow` with the owner's load and everybody's, as this transaction sees them."""
    load = await load_by_owner(connection)
    allow(load.get(owner, Load()), sum(load.values(), Load()))


def _own(row: Row[Any]) -> OwnLimits:
    return OwnLimits(
        servers=row.servers,
        cores=row.cores,
        cost=row.cost,
        sizes=_words(row.sizes),
        regions=_words(row.regions),
        lifetime=None if row.lifetime_seconds is None else timedelta(seconds=row.lifetime_seconds),
    )


def _words(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value.split())


def _row(own: OwnLimits) -> dict[str, object]:
    return {
        "servers": own.servers,
        "cores": own.cores,
        "cost": own.cost,
        "sizes": None if own.sizes is None else " ".join(own.sizes),
        "regions": None if own.regions is None else " ".join(own.regions),
        "lifetime_seconds": None if own.lifetime is None else int(own.lifetime.total_seconds()),
    }
