"""Store over SQLAlchemy: short transactions, none of them held across a network call."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, event, func, insert, or_, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from provisioning.adapters.sql.approvals import ApprovalRows
from provisioning.adapters.sql.limits import LimitRows, ask_limits, one_at_a_time
from provisioning.adapters.sql.shares import ShareRows, insert_shares
from provisioning.adapters.sql.ssh_keys import KeyRows
from provisioning.adapters.sql.tables import events, members, servers
from provisioning.adapters.sql.transactions import (
    ENDED,
    changed_values,
    event_values,
    server_of,
    server_values,
    to_its_end,
    until_none_is_under_way,
    writing,
)
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow
from provisioning.core.model.people import Member, Share
from provisioning.core.model.server import Server, Stage, Status

_POOL_SECONDS = 300.0


def create_database_engine(url: str) -> AsyncEngine:
    """An engine for SQLite (WAL, waits up to 30 s for a writer) or PostgreSQL."""
    # A burst of work waits for a connection instead of failing: fifty creations at once have
    # hundreds of short transactions, and SQLite takes one writer at a time.
    # Asking a connection first whether it lives is for servers that may be gone, not for a file.
    is_file = make_url(url).get_backend_name() == "sqlite"
    engine = create_async_engine(
        url, pool_pre_ping=not is_file, pool_size=10, max_overflow=0, pool_timeout=_POOL_SECONDS
    )
    if is_file:

        @event.listens_for(engine.sync_engine, "connect")
        def _tune(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            # A crash of the process loses nothing; NORMAL risks the last commits only when
            # the whole computer loses power, and then the cloud's tags still tell.
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA busy_timeout=30000")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

    return engine


class SqlStore(ShareRows, KeyRows, LimitRows, ApprovalRows):
    """Who owns what, in SQLite or PostgreSQL.

    `on_event` hears of each audit event once it is committed (metrics live on it).
    """

    def __init__(
        self, engine: AsyncEngine, on_event: Callable[[Event], None] = lambda _event: None
    ) -> None:
        self._engine = engine
        self._on_event = on_event

    @to_its_end
    async def add_server(
        self,
        server: Server,
        event: Event,
        allow: Allow | None = None,
        shares: Sequence[Share] = (),
    ) -> tuple[Server, bool]:
        """See `Store.add_server`. The two unique indexes decide, so that two processes may race."""
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

    @to_its_end
    async def get(self, server_id: str) -> Server | None:
        """See `Store.get`."""
        query = select(servers).where(servers.c.id == server_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else server_of(row)

    @to_its_end
    async def find(self, name: str) -> Server | None:
        """See `Store.find`."""
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

    @to_its_end
    async def list_servers(
        self,
        owner: str | None = None,
        live: bool = True,
        failed_since: datetime | None = None,
    ) -> Sequence[Server]:
        """See `Store.list_servers`."""
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

    @to_its_end
    async def update(
        self, server_id: str, generation: int, event: Event | None = None, /, **changes: object
    ) -> Server | None:
        """See `Store.update`."""
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
        except IntegrityError as error:
            raise _name_taken(str(changes.get("name"))) from error
        if changed is not None and event is not None:
            self._on_event(event)
        return changed

    @to_its_end
    async def update_shown_password(
        self, server: Server, used_at: datetime | None, event: Event
    ) -> Server | None:
        """See `Store.update_shown_password`."""
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
            if row is not None and used_at is not None:
                await connection.execute(insert(events).values(**event_values(event)))
        return None if row is None else server_of(row)

    @to_its_end
    async def kept_copies(self, owner: str | None = None) -> Sequence[Server]:
        """See `Store.kept_copies`."""
        query = (
            select(servers)
            .where(servers.c.status == Status.DELETED, servers.c.copy != "")
            .order_by(servers.c.ended_at.desc(), servers.c.id)
        )
        if owner is not None:
            query = query.where(servers.c.owner == owner)
        async with self._engine.connect() as connection:
            return [server_of(row) for row in await connection.execute(query)]

    @to_its_end
    async def creation_seconds(self, platform: str, size: str, most: int) -> Sequence[float]:
        """See `Store.creation_seconds`."""
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

    @to_its_end
    async def set_card(self, server_id: str, delivery: Delivery) -> None:
        """See `Store.set_card`."""
        statement = (
            update(servers)
            .where(servers.c.id == server_id)
            .values(**changed_values({"card": delivery}))
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def set_stage(self, server_id: str, generation: int, stage: Stage, detail: str) -> bool:
        """See `Store.set_stage`."""
        changed = await self.update(server_id, generation, stage=stage, stage_detail=detail)
        return changed is not None

    @to_its_end
    async def record(self, event: Event) -> None:
        """See `Store.record`."""
        async with writing(self._engine) as connection:
            await connection.execute(insert(events).values(**event_values(event)))
        self._on_event(event)

    @to_its_end
    async def events(
        self, server_id: str | None = None, limit: int = 200, since: datetime | None = None
    ) -> Sequence[Event]:
        """See `Store.events`."""
        wanted = _lines_of(server_id, since)
        query = select(events).where(*wanted).order_by(events.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [
                Event(row.at, row.actor, row.action, row.server_id, row.result, row.detail)
                for row in rows
            ]

    async def count_events(
        self, server_id: str | None = None, since: datetime | None = None
    ) -> int:
        """See `Store.count_events`."""
        query = select(func.count()).select_from(events).where(*_lines_of(server_id, since))
        async with self._engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    @to_its_end
    async def remember_member(self, member: Member, now: datetime) -> None:
        """See `Store.remember_member`."""
        seen: dict[str, object] = {"last_seen": now}
        if member.name:
            seen["name"] = member.name
        statement = update(members).where(members.c.id == member.id).values(**seen)
        row = {"id": member.id, "name": member.name, "first_seen": now, "last_seen": now}
        async with writing(self._engine) as connection:
            if (await connection.execute(statement)).rowcount:
                return
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(members).values(**row))
        except IntegrityError:
            return  # another command of the same person was first

    async def close(self) -> None:
        """See `Store.close`. What is being written is written first."""
        await until_none_is_under_way()
        await self._engine.dispose()


def _name_taken(name: str) -> UserError:
    """The only index that a change of a server can hurt."""
    return UserError(
        _(
            "There is a server named `{name}` already. Choose another name, or leave it "
            "out and I'll find one.",
            name=name,
        )
    )


def _lines_of(server_id: str | None, since: datetime | None) -> list[ColumnElement[bool]]:
    """The audit trail's lines of one server or of all, since a moment or ever."""
    wanted: list[ColumnElement[bool]] = []
    if server_id is not None:
        wanted.append(events.c.server_id == server_id)
    if since is not None:
        wanted.append(events.c.at >= since)
    return wanted
