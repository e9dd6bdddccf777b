"""A team that uses its servers by a seeded calendar, over a clock that is moved.

The store, the sweep and the cloud's adapter are real (the cloud is local Azure, whose machines note
when they go on and off); the looks come from the calendar, and the engine's jobs are run at once.
Ticks of the sweep at which no server is due are left out, since they do nothing.
"""

import asyncio
import random
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from bot.config.settings import IdleSettings
from provisioning.access.rights import ServerId
from provisioning.adapters.sql.schema.tables import servers as server_rows
from provisioning.adapters.sql.schema.tables import watches as watch_rows
from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.idle.look import Looks
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.watch import Watch
from tests.bots import IDENTITY, bot_of, settings_in
from tests.databases import place_database
from tests.fakes import FakeCardMessages, FakeClock, FakeEngine, FakePeople
from tests.simulation.calendar import BEGIN, DAY, HOUR, MINUTE, Use, calendar
from tests.simulation.metered import MeteredMachines

ZONE = "Europe/Madrid"
TICK = 5 * MINUTE
PRICE = Decimal("0.0416")
POLICY = IdlePolicy(
    after=HOUR, after_in_working_hours=2 * HOUR, grace=15 * MINUTE, retention=timedelta(0)
)


@dataclass
class CountedMessages(CleanupMessages):
    """Counts the warnings and the ends of each server."""

    clock: FakeClock
    warned: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    async def post_warning(self, server: Server, watch: Watch) -> Delivery:
        self.warned[server.id].append(self.clock.time)
        return Delivery("D", f"{len(self.warned[server.id])}.1")

    async def update_warning(self, server: Server, watch: Watch) -> None:
        pass

    async def post_output(self, server: Server, output: LastOutput) -> None:
        raise AssertionError("no member of this team waits for an output")

    async def post_notebooks(self, server: Server, archive: bytes, count: int) -> None:
        raise AssertionError("no server is deleted")

    async def post_end(self, server: Server, watch: Watch) -> None:
        self.ended[server.id].append(self.clock.time)

    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        raise AssertionError(f"{server.id} was not seen: {why}")


class Team(Looks):
    """The team, its servers and its bot. `faults` says what went wrong, when."""

    def __init__(self, machines: MeteredMachines, days: int, look_every: timedelta) -> None:
        self.days, self.look_every = days, look_every
        self.clock, self.meter = machines.clock, machines.meter
        self.messages, self.work = CountedMessages(self.clock), FakeEngine()
        self.uses: dict[str, list[Use]] = {}
        self.names: dict[str, str] = {}
        self.faults: list[str] = []
        self.kept: dict[str, tuple[datetime, datetime]] = {}
        self.random = random.Random(7)
        self.looks = 0

    async def build(self, folder: Path, cloud: Cloud) -> None:
        """Make the bot over that cloud, with a database in the folder."""
        await place_database(folder)
        idle = IdleSettings(
            after=POLICY.after,
            after_in_working_hours=POLICY.after_in_working_hours,
            grace=POLICY.grace,
            retention=POLICY.retention,
            look_every=self.look_every,
        )
        self.bot = await bot_of(
            settings_in(folder, idle=idle),
            identity=IDENTITY,
            clock=self.clock,
            cloud=cloud,
            engine=self.work,
            looks=self,
            people=FakePeople(ZONE),
            cards=FakeCardMessages(),
            cleanup=self.messages,
        )
        self.cloud, self.stores = cloud, self.bot.edges.stores
        self.store, self.cleanup = self.stores.servers, self.bot.cases.idle

    async def close(self) -> None:
        """Close the bot's connections."""
        await self.bot.receiver.close()
        await self.bot.edges.close()

    async def add(self, number: int) -> Server:
        server = Server(
            id=f"sim{number}", name=f"sim-{number}", owner=f"U{number}", owner_name="Ana",
            platform="ubuntu", size="Standard_B2s", region="westeurope", status=Status.RUNNING,
            created_at=BEGIN, ready_at=BEGIN, request_key=f"sim{number}",
            price_per_hour=PRICE, address="127.0.0.1",
        )  # fmt: skip
        event = Event(BEGIN, server.owner, "create", server.id, "accepted")
        await self.store.add_server(server, event)
        self.uses[server.id] = calendar(number, self.days)
        self.names[server.id] = server.name
        return server

    def power(self, server_id: str) -> list[tuple[str, datetime]]:
        """When Azure put its machine on and off."""
        return self.meter[self.names[server_id]]

    def _latest(self, server_id: str, now: datetime) -> Use | None:
        uses = self.uses[server_id]
        index = bisect_right(uses, now, key=lambda use: use.begin)
        return uses[index - 1] if index else None

    async def last_output(self, server: Server) -> None:
        """Nobody of this team waits for one."""

    async def _get(self, server_id: str) -> Server:
        server = await self.store.get(server_id)
        assert server is not None
        return server

    async def look(self, server: Server) -> Activity:
        self.looks += 1
        use = self._latest(server.id, self.clock.time)
        if use is None:
            return Activity()
        if self.clock.time < use.end:
            if use.busy:
                return Activity((Workload(WorkKind.CELL, f"cell:{use.begin}", "run", 60, 0.9),))
            return Activity(last_used=0.0, last_used_by="a file was saved")
        # A kernel, too, tells when it last said something, so that a run which began and ended
        # between two looks is known of.
        return Activity(last_used=(self.clock.time - use.end).total_seconds())

    async def run(self) -> None:
        """All days: people come, and between them the sweep ticks where a server is due."""
        end = BEGIN + self.days * DAY
        comings = sorted(
            (use.begin, server_id) for server_id, uses in self.uses.items() for use in uses
        )
        for at, server_id in [*comings, (end, "")]:
            await self._sweep_until(min(at, end))
            if at >= end:
                break
            self.clock.time = at
            await self._comes(server_id, at)
        for server_id in self.uses:
            self._judge_idle(server_id, end)

    async def _sweep_until(self, end: datetime) -> None:
        # One at the very minute of a coming too: left out, they make gaps that looks don't bridge.
        while (tick := await self._next_tick()) <= end:
            self.clock.time = tick
            await self.cleanup.sweep.run(tick)
            await self._work()

    async def _next_tick(self) -> datetime:
        """The first one after now at which `take_due` hands something out."""
        alive = watch_rows.join(server_rows, server_rows.c.id == watch_rows.c.server_id)
        moved = watch_rows.c.generation != server_rows.c.generation
        query = select(func.min(watch_rows.c.next_look_at), func.count().filter(moved)).select_from(
            alive
        )
        async with self.stores.database.connect() as connection:
            row = (await connection.execute(query)).one()
        due: datetime | None = row[0]
        changed: int = row[1]
        after = self.clock.time + TICK - (self.clock.time - BEGIN) % TICK
        if due is None or changed or due <= after:
            return after
        return due + (BEGIN - due) % TICK

    async def _comes(self, server_id: str, now: datetime) -> None:
        """Somebody begins to use it; one that is off is started for that."""
        power = self.power(server_id)
        if power[-1][0] == "on":
            self._judge_idle(server_id, now)
            return
        server = await self._get(server_id)
        servers = self.bot.cases.servers.servers
        await servers.start(Member(server.owner), ServerId(server_id))
        await self._work()

    async def _work(self) -> None:
        await asyncio.gather(*(self._do(job, each) for job, each in self.work.taken()))

    async def _do(self, job: str, server_id: str) -> None:
        server = await self._get(server_id)
        if job != "warn":
            await self._power(job, server)
            return
        await self.cleanup.notices.warn(server)
        if self.random.random() < 0.1:
            kept = await self.cleanup.keeping.extend(
                Member(server.owner), ServerId(server.id), HOUR
            )
            self.kept[server.id] = (self.clock.time, kept.until)

    async def _power(self, job: str, server: Server) -> None:
        now, on = self.clock.time, job == "start"
        if not on:
            self._judge_stop(server.id, now)
        await (self.cloud.machines.start if on else self.cloud.machines.stop)(server.id)
        status, action = (Status.RUNNING, "running") if on else (Status.STOPPED, "stopped")
        await self.store.update(
            server.id, server.generation,
            Event(now, "engine", action, server.id, "ok", server.name),
            status=status, stopped_at=None if on else now,
        )  # fmt: skip
        if not on:
            await self.cleanup.notices.explain(await self._get(server.id))

    def _judge_stop(self, server_id: str, now: datetime) -> None:
        """It is about to be stopped: is that right, neither too early nor too late?"""
        use, since = self._latest(server_id, now), self._idle_since(server_id, now)
        clicked, until = self.kept.get(server_id, (BEGIN, BEGIN))
        if use is not None and now < use.end:
            self.faults.append(f"{server_id} was stopped at work at {now}")
        if now < max(since + POLICY.after, until) + POLICY.grace:
            self.faults.append(f"{server_id} was stopped too early at {now}")
        warnings = [at for at in self.messages.warned[server_id] if at > max(since, clicked)]
        if len(warnings) != 1:
            self.faults.append(f"{server_id} was warned at {warnings} before its stop at {now}")
        self._judge_idle(server_id, now)

    def _judge_idle(self, server_id: str, now: datetime) -> None:
        """It was on until now: might it be, by its policy plus one sweep?"""
        power, since = self.power(server_id), self._idle_since(server_id, now)
        if power[-1][0] == "off" or since >= now:
            return
        _, until = self.kept.get(server_id, (BEGIN, BEGIN))
        seen = [since + n * MINUTE for n in range(int(self.look_every / MINUTE) + 1)]
        latest = max(*(_may_be_warned_at(each) for each in seen), until) + POLICY.grace
        # Where the rule gets shorter at an hour of the day, the next look finds out.
        if now > latest + max(TICK, self.look_every):
            self.faults.append(f"{server_id} idle since {since} was still on at {now}")

    def _idle_since(self, server_id: str, now: datetime) -> datetime:
        """The end of its latest use, or its start; `now` while it is in use."""
        uses = self.uses[server_id]
        before = [use for use in uses[: bisect_right(uses, now, key=lambda use: use.begin)]
                  if use.begin < now]  # fmt: skip
        started = next(at for what, at in reversed(self.power(server_id)) if what == "on")
        return max(min(before[-1].end, now) if before else BEGIN, started)


def _may_be_warned_at(since: datetime) -> datetime:
    """The first minute at which it was idle for as long as the policy asks for then."""
    at = since + POLICY.after
    while at - since < POLICY.idle_after(at, ZONE):
        at += MINUTE
    return at
