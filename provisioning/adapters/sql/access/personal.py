"""What the database has about a person, and its removal, over SQLAlchemy."""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, or_, select, update
from typing_extensions import override

from provisioning.adapters.sql.database import EventStore, to_its_end, writing
from provisioning.adapters.sql.schema.interactions import interactions
from provisioning.adapters.sql.schema.rows import ENDED, event_values
from provisioning.adapters.sql.schema.tables import (
    approvals,
    departures,
    events,
    held_messages,
    member_keys,
    member_limits,
    member_settings,
    members,
    servers,
    shares,
    tellings,
)
from provisioning.core.model.events import Event
from provisioning.members.forgetting import PersonalData


class SqlPersonalData(EventStore, PersonalData):
    """All tables that have a person's id or name."""

    @override
    @to_its_end
    async def holdings(self, person: str) -> Sequence[str]:
        kept = or_(servers.c.status.not_in(ENDED), servers.c.copy != "")
        owned = select(servers.c.name).where(servers.c.owner == person, kept)
        used = (
            select(servers.c.name)
            .join(shares, shares.c.server_id == servers.c.id)
            .where(shares.c.member == person, shares.c.ended_at.is_(None))
        )
        async with self._engine.connect() as connection:
            found = [*await connection.scalars(owned), *await connection.scalars(used)]
        return sorted(set(found))

    @override
    @to_its_end
    async def forget_person(self, person: str, alias: str, event: Event) -> bool:
        gone = [
            delete(members).where(members.c.id == person),
            delete(member_settings).where(member_settings.c.user_id == person),
            delete(member_keys).where(member_keys.c.member == person),
            delete(member_limits).where(member_limits.c.member == person),
            delete(held_messages).where(held_messages.c.user_id == person),
            delete(departures).where(departures.c.member == person),
            delete(shares).where(shares.c.member == person),
            delete(approvals).where(approvals.c.asker == person),
            delete(interactions).where(interactions.c.member == person),
            delete(tellings).where(tellings.c.key.endswith(f":{person}", autoescape=True)),
            update(servers).where(servers.c.owner == person).values(owner=alias, owner_name=""),
            update(events).where(events.c.actor == person).values(actor=alias),
            update(events).where(events.c.owner == person).values(owner=alias),
            update(approvals).where(approvals.c.decided_by == person).values(decided_by=alias),
            update(events)
            .where(events.c.detail.contains(person, autoescape=True))
            .values(detail=func.replace(events.c.detail, person, alias)),
        ]
        async with writing(self._engine) as connection:
            found = sum([(await connection.execute(each)).rowcount for each in gone])
            if found:
                await connection.execute(insert(events).values(**event_values(event)))
        if found:
            self._on_event(event)
        return bool(found)
