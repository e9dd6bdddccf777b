"""Watches over SQLAlchemy, in the servers' database, so that one transaction changes both.

Its first statement is always a write. SQLite then waits for the lock instead of failing, and
PostgreSQL locks the row, so that of two simultaneous changes one comes second.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, and_, bindparam, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.rows import changed_values, event_values, server_of
from provisioning.adapters.sql.schema.tables import events, servers, watches
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.server import Server
from provisioning.idle.history import History
from provisioning.idle.watch import WATCHED, Watch, Watches
from provisioning.servers.transitions import Transition

_HISTORY = TypeAdapter(History)
_WRITE = update(watches).where(
    watches.c.server_id == bindparam("of"), watches.c.version == bindparam("read")
)


class SqlWatches(EventStore, Watches):
    """What the cleanup knows about each server."""

    def __init__(
        self, engine: AsyncEngine, on_event: Callable[[Event], None] = lambda _event: None
    ) -> None:
        super().__init__(engine, on_event)
        self._saving = asyncio.Lock()
        self._to_save: list[tuple[Watch, asyncio.Future[Watch | None]]] = []

    @override
    @to_its_end
    async def take_due(self, now: datetime, until: datetime) -> Sequence[tuple[Server, Watch]]:
        await self._add_missing(now)
        watched = select(servers.c.id).where(servers.c.status.in_(WATCHED))
        generation = (
            select(servers.c.generation)
            .where(servers.c.id == watches.c.server_id)
            .scalar_subquery()
        )
        # A server that was started or stopped since is due at once.
        moved = and_(watches.c.generation != generation, watches.c.next_look_at != until)
        claim = (
            update(watches)
            .where(watches.c.server_id.in_(watched), or_(watches.c.next_look_at <= now, moved))
            .values(next_look_at=until, version=watches.c.version + 1)
            .returning(watches)
        )
        async with writing(self._engine) as connection:
            taken = {row.server_id: _watch(row) for row in await connection.execute(claim)}
            query = select(servers).where(servers.c.id.in_(list(taken)))
            return [(server_of(row), taken[row.id]) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def make_due(self, now: datetime) -> None:
        later = update(watches).where(watches.c.next_look_at > now).values(next_look_at=now)
        async with writing(self._engine) as connection:
            await connection.execute(later)

    async def _add_missing(self, now: datetime) -> None:
        """Insert the first watch of each new server, unless another process does so now.

        All processes insert in one order, so that none waits for one that waits for it.
        """
        known = select(watches.c.server_id)
        query = (
            select(servers)
            .where(servers.c.status.in_(WATCHED), servers.c.id.not_in(known))
            .order_by(servers.c.id)
        )
        async with self._engine.connect() as connection:
            new = [server_of(row) for row in await connection.execute(query)]
        values = [_values(_first_watch(server, now)) for server in new]
        if not values:
            return
        upsert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        async with writing(self._engine) as connection:
            await connection.execute(upsert(watches).on_conflict_do_nothing(), values)

    @override
    @to_its_end
    async def get(self, server_id: str) -> Watch | None:
        async with self._engine.connect() as connection:
            return await _read(connection, server_id)

    @override
    @to_its_end
    async def of(self, server_ids: Collection[str]) -> Mapping[str, Watch]:
        query = select(watches).where(watches.c.server_id.in_(server_ids))
        async with self._engine.connect() as connection:
            return {row.server_id: _watch(row) for row in await connection.execute(query)}

    @override
    @to_its_end
    async def save(self, watch: Watch) -> Watch | None:
        # Watches that arrive during a write share the next transaction: a sweep saves hundreds
        # at once, and SQLite takes one writer at a time.
        saved: asyncio.Future[Watch | None] = asyncio.get_running_loop().create_future()
        self._to_save.append((watch, saved))
        async with self._saving:
            if not saved.done():
                await self._save_all()
        return await saved

    async def _save_all(self) -> None:
        together, self._to_save = self._to_save, []
        # In one order everywhere, so that two processes never wait for each other.
        together.sort(key=lambda each: each[0].server_id)
        try:
            async with writing(self._engine) as connection:
                written = [await _write(connection, watch) for watch, _ in together]
        except Exception as error:
            for _, saved in together:
                saved.set_exception(error)
            return
        for (_, saved), watch in zip(together, written, strict=True):
            saved.set_result(watch)

    @override
    @to_its_end
    async def change(
        self, server: Server, change: Callable[[Watch], Watch], event: Event, now: datetime
    ) -> Watch | None:
        await self._add_missing(now)
        # It changes nothing, and keeps everybody else from changing it until the end.
        hold = (
            update(servers)
            .where(
                servers.c.id == server.id,
                servers.c.generation == server.generation,
                servers.c.status == server.status,
            )
            .values(generation=server.generation)
        )
        async with writing(self._engine) as connection:
            if not (await connection.execute(hold)).rowcount:
                return None
            watch = await _read(connection, server.id)
            if watch is None:
                return None
            changed = await _write(connection, change(watch))
            await connection.execute(insert(events).values(**event_values(event)))
        self._on_event(event)
        return changed

    @override
    @to_its_end
    async def end(
        self,
        server: Server,
        watch: Watch,
        transition: Transition,
        event: Event,
        /,
        **changes: object,
    ) -> Server | None:
        values = changed_values(transition.applied(server, awaited=False, **changes))
        statement = (
            update(servers)
            .where(
                servers.c.id == server.id,
                servers.c.generation == server.generation,
                servers.c.status == server.status,
            )
            .values(**values)
            .returning(servers)
        )
        async with self._engine.connect() as connection, connection.begin() as transaction:
            row = (await connection.execute(statement)).one_or_none()
            written = None if row is None else await _write(connection, watch)
            if row is None or written is None:
                await transaction.rollback()
                return None
            ended = server_of(row)
            await connection.execute(insert(events).values(**event_values(event, ended)))
        self._on_event(event)
        return ended


def _first_watch(server: Server, now: datetime) -> Watch:
    started_at = min(server.ready_at or now, now)
    keep = timedelta(seconds=server.keep_seconds)
    keep_until = (server.ready_at or now) + keep if keep else None
    history = History(started_at=started_at, stopped_at=server.stopped_at, keep_until=keep_until)
    return Watch(server.id, 1, server.generation, now, history)


async def _read(connection: AsyncConnection, server_id: str) -> Watch | None:
    query = select(watches).where(watches.c.server_id == server_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _watch(row)


async def _write(connection: AsyncConnection, watch: Watch) -> Watch | None:
    """Write the watch with the next version, if its version is still the one that was read."""
    written = replace(watch, version=watch.version + 1)
    values = _values(written) | {"of": watch.server_id, "read": watch.version}
    return written if (await connection.execute(_WRITE, values)).rowcount else None


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        server_id=row.server_id,
        version=row.version,
        generation=row.generation,
        next_look_at=row.next_look_at,
        history=_HISTORY.validate_json(row.history),
        place=Delivery(row.notice_channel, row.notice_ts) if row.notice_ts else None,
        ended_by=row.ended_by,
        end_told=row.end_told,
        schedule=row.schedule,
        idle_after=None if row.idle_minutes is None else timedelta(minutes=row.idle_minutes),
    )


def _values(watch: Watch) -> dict[str, object]:
    return {
        "server_id": watch.server_id,
        "version": watch.version,
        "generation": watch.generation,
        "next_look_at": watch.next_look_at,
        "history": _HISTORY.dump_json(watch.history).decode(),
        "notice_channel": watch.place.channel if watch.place else "",
        "notice_ts": watch.place.ts if watch.place else "",
        "ended_by": watch.ended_by,
        "end_told": watch.end_told,
        "schedule": watch.schedule,
        "idle_minutes": watch.idle_after and round(watch.idle_after / timedelta(minutes=1)),
    }
