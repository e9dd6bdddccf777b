"""Findings over SQLAlchemy; see `provisioning.reconcile.Findings`."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.tables import findings
from provisioning.transactions import to_its_end, writing


class SqlFindings:
    """What earlier runs have seen in the cloud."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @to_its_end
    async def seen_before(self, keys: Collection[str], now: datetime) -> Collection[str]:
        """See `Findings.seen_before`."""
        gone = delete(findings).where(findings.c.server_id.not_in(list(keys)))
        known = select(findings.c.server_id, findings.c.told_at)
        async with writing(self._engine) as connection:
            await connection.execute(gone)
            told = {row.server_id: row.told_at for row in await connection.execute(known)}
        for key in keys:
            if key not in told:
                await self._add(key, now)
        return [key for key in keys if key in told and told[key] is None]

    async def _add(self, key: str, now: datetime) -> None:
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    insert(findings).values(server_id=key, first_seen_at=now, told_at=None)
                )
        except IntegrityError:
            return  # another process was first

    @to_its_end
    async def told(self, key: str, now: datetime) -> None:
        """See `Findings.told`."""
        statement = update(findings).where(findings.c.server_id == key).values(told_at=now)
        async with writing(self._engine) as connection:
            await connection.execute(statement)
