"""The record of the installation: one row of the database."""

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from provisioning.adapters.sql.database import to_its_end, writing
from provisioning.adapters.sql.schema.tables import installation
from provisioning.admin.installation import InstallationStore, Place, Recorded

_ONLY = 1


class SqlInstallation(InstallationStore):
    """The record in SQL."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @override
    @to_its_end
    async def read(self) -> Recorded | None:
        query = select(installation).where(installation.c.id == _ONLY)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        place = Place(row.subscription, row.resource_group, row.name)
        return Recorded(place, row.keys, row.first_seen_at, row.last_seen_at)

    @override
    @to_its_end
    async def write(self, recorded: Recorded) -> None:
        values = {
            "id": _ONLY,
            "subscription": recorded.place.subscription,
            "resource_group": recorded.place.resource_group,
            "name": recorded.place.installation,
            "keys": recorded.keys,
            "first_seen_at": recorded.first_seen_at,
            "last_seen_at": recorded.last_seen_at,
        }
        change = update(installation).where(installation.c.id == _ONLY).values(**values)
        try:
            async with writing(self._engine) as connection:
                if not (await connection.execute(change)).rowcount:
                    await connection.execute(insert(installation).values(**values))
        except IntegrityError:  # another process was first
            async with writing(self._engine) as connection:
                await connection.execute(change)
