"""Shares over SQLAlchemy."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.limits import ask_limits, one_at_a_time
from provisioning.adapters.sql.schema.rows import ENDED, changed_values, event_values, server_of
from provisioning.adapters.sql.schema.tables import events, servers, shares
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Server
from provisioning.core.ports.store import ShareStore

_OF_A_NEW_OWNER = {"password": None, "card": None, "newer_card": False, "closed_at": None}
_SHARE_FIELDS = tuple(field.name for field in fields(Share))


class SqlShares(EventStore, ShareStore):
    """Shares, in the database of the servers and in the same transactions."""

    @override
    @to_its_end
    async def shares(self, server_id: str) -> Sequence[Share]:
        query = select(shares).where(shares.c.server_id == server_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(shares.c.since, shares.c.member))
            return [_share(row) for row in rows]

    @override
    @to_its_end
    async def shared_with(self, member: str) -> Sequence[Server]:
        query = (
            select(servers)
            .join(shares, shares.c.server_id == servers.c.id)
            .where(shares.c.member == member, shares.c.ended_at.is_(None))
            .where(servers.c.status.not_in(ENDED))
            .order_by(servers.c.created_at, servers.c.id)
        )
        async with self._engine.connect() as connection:
            return [server_of(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def add_share(self, share: Share, event: Event) -> Server | None:
        # The primary key decides, so that two clicks may race.
        values = {name: getattr(share, name) for name in _SHARE_FIELDS}
        this = _is(share.server_id, share.member)
        revive = update(shares).where(*this, shares.c.ended_at.is_not(None)).values(**values)
        try:
            async with writing(self._engine) as connection:
                if not (await connection.execute(revive)).rowcount:
                    await connection.execute(insert(shares).values(**values))
                server = await _changed(connection, share.server_id, event)
        except IntegrityError:
            return None
        return self._told(server, event)

    @override
    @to_its_end
    async def end_share(
        self, server_id: str, member: str, now: datetime, event: Event
    ) -> Server | None:
        return await self._alter(
            event, server_id, member, shares.c.ended_at.is_(None), ended_at=now
        )

    @override
    @to_its_end
    async def want_password(self, server_id: str, member: str, event: Event) -> Server | None:
        is_open = shares.c.ended_at.is_(None) & shares.c.password_sent_at.is_not(None)
        return await self._alter(event, server_id, member, is_open, password_sent_at=None)

    async def _alter(
        self, event: Event, server_id: str, member: str, condition: Any, **values: object
    ) -> Server | None:
        statement = update(shares).where(*_is(server_id, member), condition).values(**values)
        async with writing(self._engine) as connection:
            if not (await connection.execute(statement)).rowcount:
                return None
            server = await _changed(connection, server_id, event)
        return self._told(server, event)

    @override
    @to_its_end
    async def transfer(
        self, server: Server, to: Member, now: datetime, event: Event, allow: Allow
    ) -> Server | None:
        mine = (servers.c.id == server.id, servers.c.owner == server.owner)
        statement = (
            update(servers)
            .where(*mine, servers.c.generation == server.generation)
            .values(owner=to.id, owner_name=to.name)
            .values(**changed_values(_OF_A_NEW_OWNER))
        )
        before = Share(server.id, server.owner, server.owner_name, now, ended_at=now)
        async with writing(self._engine) as connection:
            await one_at_a_time(connection)
            query = select(servers).where(*mine)
            row = (await connection.execute(query)).one_or_none()
            if row is None or not (await connection.execute(statement)).rowcount:
                return None
            await ask_limits(connection, to.id, allow)
            before = replace(before, card_channel=row.card_channel, card_ts=row.card_ts)
            await connection.execute(delete(shares).where(*_is(server.id, server.owner)))
            values = {name: getattr(before, name) for name in _SHARE_FIELDS}
            await connection.execute(insert(shares).values(**values))
            new = update(shares).where(*_is(server.id, to.id)).values(ended_at=now)
            await connection.execute(new)
            changed = await _changed(connection, server.id, event)
        return self._told(changed, event)

    @override
    @to_its_end
    async def note_invitation(
        self, server_id: str, member: str, now: datetime, delivery: Delivery
    ) -> None:
        values = {"card_channel": delivery.channel, "card_ts": delivery.ts}
        statement = update(shares).where(*_is(server_id, member))
        async with writing(self._engine) as connection:
            await connection.execute(statement.values(password_sent_at=now, **values))

    @override
    @to_its_end
    async def forget_share(self, server_id: str, member: str) -> None:
        statement = delete(shares).where(*_is(server_id, member), shares.c.ended_at.is_not(None))
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    @override
    @to_its_end
    async def people_applied(self, server_id: str, version: int) -> None:
        statement = update(servers).where(servers.c.id == server_id)
        async with writing(self._engine) as connection:
            await connection.execute(statement.values(people_applied=version))

    def _told(self, server: Server | None, event: Event) -> Server | None:
        if server is not None:
            self._on_event(event)
        return server


async def insert_shares(connection: AsyncConnection, new: Sequence[Share]) -> None:
    """Insert the shares of a server in the transaction that inserts the server."""
    if new:
        rows = [{name: getattr(each, name) for name in _SHARE_FIELDS} for each in new]
        await connection.execute(insert(shares), rows)


def _share(row: Row[Any]) -> Share:
    return Share(**{name: getattr(row, name) for name in _SHARE_FIELDS})


def _is(server_id: str, member: str) -> tuple[Any, Any]:
    return shares.c.server_id == server_id, shares.c.member == member


async def _changed(connection: AsyncConnection, server_id: str, event: Event) -> Server | None:
    """Raise the version of the server's access list and record the event."""
    statement = (
        update(servers)
        .where(servers.c.id == server_id)
        .values(people_version=servers.c.people_version + 1)
        .returning(servers)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    server = server_of(row)
    await connection.execute(insert(events).values(**event_values(event, server)))
    return server
