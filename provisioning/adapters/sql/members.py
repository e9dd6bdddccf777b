"""Members' settings, and what is held for their quiet hours, over SQLAlchemy."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.adapters.sql.tables import events, held_messages, member_settings
from provisioning.adapters.sql.transactions import event_values, to_its_end, writing
from provisioning.core.model.events import Event
from provisioning.members.quiet_hours import HeldMessage
from provisioning.members.settings import MemberSettings, QuietHours


class SqlMemberSettings:
    """See `provisioning.members.settings.MemberSettingsStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def get(self, user_id: str) -> MemberSettings:
        """See `MemberSettingsStore.get`."""
        query = select(member_settings).where(member_settings.c.user_id == user_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return MemberSettings()
        quiet = None
        if row.quiet_from is not None and row.quiet_until is not None:
            quiet = QuietHours(row.quiet_from, row.quiet_until)
        return MemberSettings(row.language or "", quiet, row.idle_minutes)

    @to_its_end
    async def idle_times(self) -> Mapping[str, timedelta]:
        """See `MemberSettingsStore.idle_times`."""
        query = select(member_settings.c.user_id, member_settings.c.idle_minutes).where(
            member_settings.c.idle_minutes.is_not(None)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return {row.user_id: timedelta(minutes=row.idle_minutes) for row in rows}

    @to_its_end
    async def put(self, user_id: str, settings: MemberSettings, event: Event) -> None:
        """See `MemberSettingsStore.put`."""
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


class SqlHeldMessages:
    """See `provisioning.members.quiet_hours.HeldMessages`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def hold(self, message: HeldMessage) -> None:
        """See `HeldMessages.hold`."""
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(held_messages).values(**asdict(message)))
        except IntegrityError:
            return  # it waits already

    @to_its_end
    async def due(self, now: datetime) -> Sequence[HeldMessage]:
        """See `HeldMessages.due`."""
        query = (
            select(held_messages)
            .where(held_messages.c.due_at <= now)
            .order_by(held_messages.c.due_at)
        )
        async with self._engine.connect() as connection:
            return [HeldMessage(**row._mapping) for row in await connection.execute(query)]

    @to_its_end
    async def drop(self, key: str) -> None:
        """See `HeldMessages.drop`."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(held_messages).where(held_messages.c.key == key))
