"""The ledger of messages that are posted once, and the orphans of earlier runs, in SQL."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.tables import findings, tellings
from provisioning.admin.reconcile import Findings
from provisioning.members.posted_once import PostedOnce

CLAIM_LASTS = timedelta(minutes=10)
"""Time after which a claim without a mark may be taken over: longer than any post takes."""
_AT_ONCE = 500


class SqlPostedOnce(PostedOnce):
    """Posted keys: one row a key."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def unposted(self, keys: Collection[str]) -> Collection[str]:
        wanted, posted = sorted(keys), set()
        async with self._engine.connect() as connection:
            for first in range(0, len(wanted), _AT_ONCE):
                query = select(tellings.c.key).where(
                    tellings.c.key.in_(wanted[first : first + _AT_ONCE]),
                    tellings.c.told_at.is_not(None),
                )
                posted |= {row.key for row in await connection.execute(query)}
        return [key for key in wanted if key not in posted]

    @override
    @to_its_end
    async def claim(self, key: str, now: datetime) -> bool:
        # The primary key decides when two callers race.
        takeover = (
            update(tellings)
            .where(
                tellings.c.key == key,
                tellings.c.told_at.is_(None),
                tellings.c.claimed_at <= now - CLAIM_LASTS,
            )
            .values(claimed_at=now)
        )
        try:
            async with writing(self._engine) as connection:
                if (await connection.execute(takeover)).rowcount:
                    return True
                await connection.execute(insert(tellings).values(key=key, claimed_at=now))
        except IntegrityError:
            return False
        return True

    @override
    @to_its_end
    async def mark_posted(self, key: str, now: datetime) -> None:
        statement = update(tellings).where(tellings.c.key == key).values(told_at=now)
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    @override
    @to_its_end
    async def forget(self, key: str) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(delete(tellings).where(tellings.c.key == key))


class SqlFindings(Findings):
    """The orphans that earlier runs of the reconciliation have seen in the cloud."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    async def seen_before(self, keys: Collection[str], now: datetime) -> Collection[str]:
        notified = await self._keep(keys)
        for key in keys:
            if key not in notified:
                await self._add(key, now)
        return [key for key in keys if key in notified and notified[key] is None]

    @to_its_end
    async def _keep(self, keys: Collection[str]) -> Mapping[str, datetime | None]:
        """Forget all orphans but these, and return when admins were notified of each."""
        gone = delete(findings).where(findings.c.server_id.not_in(list(keys)))
        known = select(findings.c.server_id, findings.c.told_at)
        async with writing(self._engine) as connection:
            await connection.execute(gone)
            return {row.server_id: row.told_at for row in await connection.execute(known)}

    @to_its_end
    async def _add(self, key: str, now: datetime) -> None:
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    insert(findings).values(server_id=key, first_seen_at=now, told_at=None)
                )
        except IntegrityError:
            return  # another process was first

    @override
    @to_its_end
    async def mark_notified(self, key: str, now: datetime) -> None:
        statement = update(findings).where(findings.c.server_id == key).values(told_at=now)
        async with writing(self._engine) as connection:
            await connection.execute(statement)
