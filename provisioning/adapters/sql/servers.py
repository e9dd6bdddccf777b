"""Servers over SQLAlchemy, in short transactions that never span a network call."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from provisioning.adapters.sql.access.shares import insert_shares
from provisioning.adapters.sql.audit import note_due
from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.limits import ask_limits, one_at_a_time
from provisioning.adapters.sql.schema.rows import (
    ENDED,
    changed_values,
    event_values,
    server_of,
    server_values,
)
from provisioning.adapters.sql.schema.tables import events, servers
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server, Stage, Status
from provisioning.core.ports.engine import Due
from provisioning.core.ports.store import ServerStore


class SqlServers(EventStore, ServerStore):
    """Servers, in SQLite or PostgreSQL."""

    @override
    @to_its_end
    async def add_server(
        self,
        server: Server,
        event: Event,
        allow: Allow | None = None,
        shares: Sequence[Share] = (),
    ) -> tuple[Server, bool]:
        # The two unique indexes decide, so that two processes may race.
        try:
            async with writing(self._engine) as connection:
                if allow is not None:
                    await one_at_a_time(connection)
                await connection.execute(insert(servers).values(**server_values(server)))
                if allow is not None:
                    await ask_limits(connection, server.owner, allow)
                await insert_shares(connection, shares)
                await connection.execute(insert(events).values(**event_values(event, server)))
        except IntegrityError as error:
            earlier = await self._by_request(server.request_key)
            if earlier is not None:
                return earlier, False
            raise _name_taken(server.name) from error
        self._on_event(event)
        return server, True

    async def _by_request(self, request_key: str) -> Server | None:
        query = select(servers).where(servers.c.request_key == request_key)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else server_of(row)

    @override
    @to_its_end
    async def get(self, server_id: str) -> Server | None:
        query = select(servers).where(servers.c.id == server_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else server_of(row)

    @override
    @to_its_end
    async def find(self, name: str) -> Server | None:
        live_first = case((servers.c.status.not_in(ENDED), 0), else_=1)
        query = (
            select(servers)
            .where(servers.c.name == name)
            .order_by(live_first, servers.c.created_at.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else server_of(row)

    @override
    @to_its_end
    async def list_servers(
        self,
        owner: str | None = None,
        live: bool = True,
        failed_since: datetime | None = None,
    ) -> Sequence[Server]:
        query = select(servers).order_by(servers.c.created_at, servers.c.id)
        if owner is not None:
            query = query.where(servers.c.owner == owner)
        wanted: ColumnElement[bool] = servers.c.status.not_in(ENDED)
        if failed_since is not None:
            failed = and_(servers.c.status == Status.FAILED, servers.c.ended_at > failed_since)
            wanted = or_(wanted, failed)
        if live:
            query = query.where(wanted)
        async with self._engine.connect() as connection:
            return [server_of(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def update(
        self,
        server_id: str,
        generation: int,
        event: Event | None = None,
        due: Due | None = None,
        /,
        **changes: object,
    ) -> Server | None:
        statement = (
            update(servers)
            .where(servers.c.id == server_id, servers.c.generation == generation)
            .values(**changed_values(changes))
            .returning(servers)
        )
        try:
            async with writing(self._engine) as connection:
                row = (await connection.execute(statement)).one_or_none()
                changed = None if row is None else server_of(row)
                if changed is not None and event is not None:
                    await connection.execute(insert(events).values(**event_values(event, changed)))
                if changed is not None and due is not None:
                    await note_due(connection, due)
        except IntegrityError as error:
            raise _name_taken(str(changes.get("name"))) from error
        if changed is not None and event is not None:
            self._on_event(event)
        return changed

    @override
    @to_its_end
    async def update_shown_password(
        self, server: Server, used_at: datetime | None, event: Event, due: Due
    ) -> Server | None:
        shown_at = server.password.shown_at if server.password else None
        statement = (
            update(servers)
            .where(
                servers.c.id == server.id,
                servers.c.generation == server.generation,
                servers.c.password_shown_at == shown_at,
            )
            .values(password_shown_at=None, password_used_at=used_at)
            .returning(servers)
        )
        async with writing(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
            changed = None if row is None else server_of(row)
            if changed is not None and used_at is not None:
                await connection.execute(insert(events).values(**event_values(event)))
            if changed is not None:
                await note_due(connection, due)
        return changed

    @override
    @to_its_end
    async def kept_copies(self, owner: str | None = None) -> Sequence[Server]:
        query = (
            select(servers)
            .where(servers.c.status == Status.DELETED, servers.c.copy != "")
            .order_by(servers.c.ended_at.desc(), servers.c.id)
        )
        if owner is not None:
            query = query.where(servers.c.owner == owner)
        async with self._engine.connect() as connection:
            return [server_of(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def with_remains(self) -> Sequence[Server]:
        query = select(servers).where(servers.c.remains_job != "").order_by(servers.c.id)
        async with self._engine.connect() as connection:
            return [server_of(row) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def creation_seconds(self, platform: str, size: str, most: int) -> Sequence[float]:
        query = (
            select(servers.c.created_at, servers.c.ready_at)
            .where(
                servers.c.platform == platform,
                servers.c.size == size,
                servers.c.ready_at.is_not(None),
            )
            .order_by(servers.c.created_at.desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [(row.ready_at - row.created_at).total_seconds() for row in rows]

    @override
    @to_its_end
    async def set_card(
        self, server_id: str, delivery: Delivery, *, newer_card: bool = False
    ) -> None:
        statement = (
            update(servers)
            .where(servers.c.id == server_id)
            .values(**changed_values({"card": delivery, "newer_card": newer_card}))
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    @override
    async def set_stage(self, server_id: str, generation: int, stage: Stage, detail: str) -> bool:
        changed = await self.update(server_id, generation, stage=stage, stage_detail=detail)
        return changed is not None


def _name_taken(name: str) -> UserError:
    """Return the refusal for the only index that a change of a server can violate."""
    return UserError(
        _(
            "There is a server named `{name}` already. Choose another name, or leave it "
            "out and I'll find one.",
            name=name,
        )
    )
