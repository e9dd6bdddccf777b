"""Members, their settings, and messages held for quiet hours, over SQLAlchemy."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.rows import event_values
from provisioning.adapters.sql.schema.tables import events, held_messages, member_settings, members
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.ports.store import MemberStore
from provisioning.members.quiet_hours import HeldMessage, HeldMessages
from provisioning.members.settings import MemberSettings, MemberSettingsStore, QuietHours


class SqlMembers(MemberStore):
    """Members who have used the bot."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def remember(self, member: Member, now: datetime) -> None:
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
            return  # another command of the same member was first


class SqlMemberSettings(MemberSettingsStore):
    """Members' own settings."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def get(self, user_id: str) -> MemberSettings:
        query = select(member_settings).where(member_settings.c.user_id == user_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return MemberSettings()
        quiet = None
        if row.quiet_from is not None and row.quiet_until is not None:
            quiet = QuietHours(row.quiet_from, row.quiet_until)
        return MemberSettings(row.language or "", quiet, row.idle_minutes)

    @override
    @to_its_end
    async def idle_times(self) -> Mapping[str, timedelta]:
        query = select(member_settings.c.user_id, member_settings.c.idle_minutes).where(
            member_settings.c.idle_minutes.is_not(None)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.user_id: timedelta(minutes=row.idle_minutes) for row in rows}

    @override
    @to_its_end
    async def put(self, user_id: str, settings: MemberSettings, event: Event) -> None:
        values = {
            "language": settings.language or None,
            "quiet_from": settings.quiet and settings.quiet.since,
            "quiet_until": settings.quiet and settings.quiet.until,
            "idle_minutes": settings.idle_minutes,
        }
        change = update(member_settings).where(member_settings.c.user_id == user_id)
        async with writing(self._engine) as connection:
            if not (await connection.execute(change.values(**values))).rowcount:
                await connection.execute(insert(member_settings).values(user_id=user_id, **values))
            await connection.execute(insert(events).values(**event_values(event)))


class SqlHeldMessages(HeldMessages):
    """Messages that wait for the end of quiet hours."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def hold(self, message: HeldMessage) -> None:
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(held_messages).values(**asdict(message)))
        except IntegrityError:
            return  # the message waits already

    @override
    @to_its_end
    async def due(self, now: datetime) -> Sequence[HeldMessage]:
        query = (
            select(held_messages)
            .where(held_messages.c.due_at <= now)
            .order_by(held_messages.c.due_at)
        )
        async with self._engine.connect() as connection:
            return [HeldMessage(**row._mapping) for row in await connection.execute(query)]

    @override
    @to_its_end
    async def drop(self, key: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(held_messages).where(held_messages.c.key == key))
