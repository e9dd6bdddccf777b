"""Members' SSH keys over SQLAlchemy."""

from collections.abc import Collection, Sequence
from dataclasses import fields

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.rows import ENDED, event_values, server_of
from provisioning.adapters.sql.schema.tables import events, member_keys, servers, shares
from provisioning.core.model.events import Event
from provisioning.core.model.people import MemberKey
from provisioning.core.model.server import Server
from provisioning.core.ports.store import MemberKeyStore

_KEY_FIELDS = tuple(field.name for field in fields(MemberKey))


class SqlMemberKeys(EventStore, MemberKeyStore):
    """Members' SSH keys, in the database of the servers and in the same transactions."""

    @override
    @to_its_end
    async def member_keys(self, members: Collection[str]) -> Sequence[MemberKey]:
        query = (
            select(member_keys)
            .where(member_keys.c.member.in_(members))
            .order_by(member_keys.c.added_at, member_keys.c.fingerprint)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [MemberKey(**{name: getattr(row, name) for name in _KEY_FIELDS}) for row in rows]

    @override
    @to_its_end
    async def add_key(self, key: MemberKey, event: Event) -> Sequence[Server] | None:
        # The primary key decides, so that two clicks may race.
        values = {name: getattr(key, name) for name in _KEY_FIELDS}
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(member_keys).values(**values))
                changed = await _changed(connection, key.member, event)
        except IntegrityError:
            return None
        self._on_event(event)
        return changed

    @override
    @to_its_end
    async def remove_key(
        self, member: str, fingerprint: str, event: Event
    ) -> Sequence[Server] | None:
        this = (member_keys.c.member == member, member_keys.c.fingerprint == fingerprint)
        async with writing(self._engine) as connection:
            if not (await connection.execute(delete(member_keys).where(*this))).rowcount:
                return None
            changed = await _changed(connection, member, event)
        self._on_event(event)
        return changed


async def _changed(connection: AsyncConnection, member: str, event: Event) -> Sequence[Server]:
    """Raise the access list's version on all servers that the member may use, and record it."""
    shared = select(shares.c.server_id).where(
        shares.c.member == member, shares.c.ended_at.is_(None)
    )
    statement = (
        update(servers)
        .where(servers.c.status.not_in(ENDED))
        .where(or_(servers.c.owner == member, servers.c.id.in_(shared)))
        .values(people_version=servers.c.people_version + 1)
        .returning(servers)
    )
    rows = (await connection.execute(statement)).all()
    await connection.execute(insert(events).values(**event_values(event)))
    return [server_of(row) for row in rows]
