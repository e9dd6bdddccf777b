"""Departures of members over SQLAlchemy: all of a member's access ends in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.limits import one_at_a_time
from provisioning.adapters.sql.schema.rows import ENDED, event_values, server_of
from provisioning.adapters.sql.schema.tables import (
    departures,
    events,
    member_keys,
    servers,
    shares,
)
from provisioning.core.model.events import Event
from provisioning.core.model.people import Departure, Standing
from provisioning.core.model.server import Server
from provisioning.core.ports.store import DepartureStore

_RAISED = servers.c.people_version + 1


class SqlDepartures(EventStore, DepartureStore):
    """Departures, in the database of the servers and in the same transactions."""

    @override
    @to_its_end
    async def with_access(self) -> Collection[str]:
        owners = select(servers.c.owner).where(
            servers.c.status.not_in(ENDED), servers.c.closed_at.is_(None)
        )
        guests = select(shares.c.member).where(shares.c.ended_at.is_(None))
        everyone = union(owners, guests, select(member_keys.c.member))
        async with self._engine.connect() as connection:
            return sorted(row[0] for row in await connection.execute(everyone))

    @override
    @to_its_end
    async def departures(self) -> Sequence[Departure]:
        query = select(departures).order_by(departures.c.left_at, departures.c.member)
        async with self._engine.connect() as connection:
            return [_departure(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def leave(
        self, member: str, cause: Standing, now: datetime, event: Event
    ) -> tuple[Departure, Sequence[Server]] | None:
        async with writing(self._engine) as connection:
            await one_at_a_time(connection)
            # The write comes first: SQLite then lets no other process write in between.
            keys = await connection.execute(
                delete(member_keys).where(member_keys.c.member == member)
            )
            shared = await _shared_with(connection, member)
            await connection.execute(
                update(shares)
                .where(shares.c.member == member, shares.c.ended_at.is_(None))
                .values(ended_at=now)
            )
            changed = await _close(connection, member, [each.id for each in shared], now)
            if not shared and not keys.rowcount and not changed:
                return None
            ended = Departure(
                member, now, cause, tuple(each.name for each in shared), keys.rowcount
            )
            ended = await _write(connection, ended)
            await connection.execute(insert(events).values(**event_values(event)))
        self._on_event(event)
        return ended, changed

    @override
    @to_its_end
    async def give_back(self, owner: str, event: Event) -> Sequence[Server]:
        statement = (
            update(servers)
            .where(servers.c.owner == owner, servers.c.closed_at.is_not(None))
            .where(servers.c.status.not_in(ENDED))
            .values(
                closed_at=None,
                people_version=_RAISED,
                password_expires_at=None,
                password_shown_at=None,
                password_used_at=None,
            )
            .returning(servers)
        )
        async with writing(self._engine) as connection:
            changed = [server_of(row) for row in await connection.execute(statement)]
            if changed:
                await connection.execute(insert(events).values(**event_values(event)))
        if changed:
            self._on_event(event)
        return changed

    @override
    @to_its_end
    async def forget_departure(self, member: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(departures).where(departures.c.member == member))


async def _shared_with(connection: AsyncConnection, member: str) -> Sequence[Server]:
    query = (
        select(servers)
        .join(shares, shares.c.server_id == servers.c.id)
        .where(shares.c.member == member, shares.c.ended_at.is_(None))
        .order_by(servers.c.name)
    )
    return [server_of(row) for row in await connection.execute(query)]


async def _close(
    connection: AsyncConnection, member: str, shared: Sequence[str], now: datetime
) -> Sequence[Server]:
    """Close the member's own servers, and raise the access list's version on all of them."""
    live = servers.c.status.not_in(ENDED)
    own = (
        update(servers)
        .where(servers.c.owner == member, servers.c.closed_at.is_(None), live)
        .values(closed_at=now)
        .returning(servers.c.id)
    )
    closed = [row.id for row in await connection.execute(own)]
    touched = (
        update(servers)
        .where(or_(servers.c.id.in_(closed), servers.c.id.in_(shared)), live)
        .values(people_version=_RAISED)
        .returning(servers)
    )
    return [server_of(row) for row in await connection.execute(touched)]


async def _write(connection: AsyncConnection, ended: Departure) -> Departure:
    """Insert the departure; add to an earlier one what was still open then."""
    this = departures.c.member == ended.member
    earlier = (await connection.execute(select(departures).where(this))).one_or_none()
    if earlier is not None:
        known = _departure(earlier)
        ended = replace(
            ended,
            left_at=known.left_at,
            shares=tuple(dict.fromkeys((*known.shares, *ended.shares))),
            keys=known.keys + ended.keys,
        )
        await connection.execute(delete(departures).where(this))
    values = {"shares": " ".join(ended.shares), "keys": ended.keys, "cause": ended.cause}
    await connection.execute(
        insert(departures).values(member=ended.member, left_at=ended.left_at, **values)
    )
    return ended


def _departure(row: Row[Any]) -> Departure:
    return Departure(row.member, row.left_at, row.cause, tuple(row.shares.split()), row.keys)
