"""Which process runs a tick of a schedule: the table `schedules`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, column, or_, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from provisioning.adapters.engine.heartbeat import PROCESSES

CLOCKS_DIFFER_BY = 60
"""Seconds. A tick further in the future ran before the clock went back."""

SCHEDULES = table("schedules", *map(column, "name tick holder".split()))

_ADD = text(
    "insert into schedules (name, tick, holder) values (:name, :tick, '') on conflict do nothing"
)


@dataclass(frozen=True)
class Leases:
    """The ticks that run. `holder` is the name of this process."""

    database: AsyncEngine
    holder: str

    async def add(self, names: Iterable[str], now: datetime) -> None:
        """Know these schedules. A new one has its first tick after `now`."""
        async with self.database.begin() as connection:
            for name in sorted(names):
                await connection.execute(_ADD, {"name": name, "tick": int(now.timestamp())})

    async def claim(self, name: str, tick: datetime, now: datetime) -> bool:
        """Take a tick; False if a process has run it or runs an earlier one."""
        at, future = int(tick.timestamp()), int(now.timestamp()) + CLOCKS_DIFFER_BY
        schedule = SCHEDULES.c
        new = or_(schedule.tick < at, schedule.tick > future)
        free = or_(schedule.holder.in_(("", self.holder)), self._abandoned())
        return await self._update(name, new, free, tick=at, holder=self.holder)

    async def latest(self, name: str) -> datetime | None:
        """Return the latest tick that a process took; None for an unknown schedule."""
        async with self.database.connect() as connection:
            tick = await connection.scalar(select(SCHEDULES.c.tick).where(SCHEDULES.c.name == name))
        return None if tick is None else datetime.fromtimestamp(tick, UTC)

    async def finish(self, name: str) -> None:
        """Give a tick back after its end."""
        await self._update(name, SCHEDULES.c.holder == self.holder, holder="")

    async def abandoned(self) -> dict[str, datetime]:
        """Take the ticks whose process ended in their middle, by the name of their schedules.

        Each is given out once. One that ends its process again is not tried a third time.
        """
        rows = select(SCHEDULES.c.name, SCHEDULES.c.tick, SCHEDULES.c.holder)
        async with self.database.connect() as connection:
            found = (await connection.execute(rows.where(self._abandoned()))).all()
        taken = {}
        for name, tick, holder in found:
            if await self._update(name, SCHEDULES.c.holder == holder, holder=""):
                taken[name] = datetime.fromtimestamp(tick, UTC)
        return taken

    def _abandoned(self) -> ColumnElement[bool]:
        holder = SCHEDULES.c.holder
        living = select(PROCESSES.c.executor_id)
        return (holder != "") & (holder != self.holder) & holder.not_in(living)

    async def _update(self, name: str, *where: ColumnElement[bool], **values: object) -> bool:
        async with self.database.begin() as connection:
            done = await connection.execute(
                update(SCHEDULES).where(SCHEDULES.c.name == name, *where).values(**values)
            )
            return done.rowcount == 1
