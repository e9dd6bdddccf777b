"""A team that uses its servers by a seeded calendar, in simulated time.

The store, the sweep and the cloud's adapter are real. The cloud is local Azure, whose machines
record when they are on. Probe results come from the calendar, and the engine's jobs run at once.
Sweeps at which no server is due are skipped, since they do nothing.
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
from provisioning.idle.messages import CleanupMessages, Rescued
from provisioning.idle.probe import Probes
from provisioning.idle.watch import Watch
from tests.bots import IDENTITY, bot_of, settings_in
from tests.databases import place_database
from tests.fakes import FakeCardMessages, FakeClock, FakeEngine, FakePeople
from tests.simulation.calendar import BEGIN, DAY, HOUR, MINUTE, Use, calendar
from tests.simulation.machines import MeteredMachines

ZONE = "Europe/Madrid"
TICK = 5 * MINUTE
PRICE = Decimal("0.0416")
POLICY = IdlePolicy(
    after=HOUR, after_in_working_hours=2 * HOUR, grace=15 * MINUTE, retention=timedelta(0)
)


@dataclass
class CountedMessages(CleanupMessages):
    """Counts the notifications that owners get."""

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

    async def post_notebooks(self, server: Server, found: Rescued) -> None:
        raise AssertionError("no server is deleted")

    async def post_unread(self, server: Server, reason: str) -> None:
        raise AssertionError("no server is deleted")

    async def post_end(self, server: Server, watch: Watch) -> None:
        self.ended[server.id].append(self.clock.time)

    async def notify_unseen(self, server: Server, since: datetime, why: str) -> None:
        raise AssertionError(f"{server.id} was not seen: {why}")


class Team(Probes):
    """The team, its servers, its bot and its simulated clock.

    `faults` lists what went wrong, and when.
    """

    def __init__(self, machines: MeteredMachines, days: int, look_every: timedelta) -> None:
        self.days, self.look_every = days, look_every
        self.clock, self.meter = machines.clock, machines.meter
        self.messages, self.work = CountedMessages(self.clock), FakeEngine()
        self.uses: dict[str, list[Use]] = {}
        self.names: dict[str, str] = {}
        self.faults: list[str] = []
        self.kept: dict[str, tuple[datetime, datetime]] = {}
        self.random = random.Random(7)
        self.probes = 0

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
            probes=self,
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
        server = _server(number)
        event = Event(BEGIN, server.owner, "create", server.id, "accepted")
        await self.store.add_server(server, event)
        self.uses[server.id] = calendar(number, self.days)
        self.names[server.id] = server.name
        return server

    def power(self, server_id: str) -> list[tuple[str, datetime]]:
        """Return when Azure has started and stopped the server's machine."""
        return self.meter[self.names[server_id]]

    def _latest(self, server_id: str, now: datetime) -> Use | None:
        uses = self.uses[server_id]
        index = bisect_right(uses, now, key=lambda use: use.begin)
        return uses[index - 1] if index else None

    async def last_output(self, server: Server) -> None:
        """Return None: no owner of this team wants the last output."""

    async def _get(self, server_id: str) -> Server:
        server = await self.store.get(server_id)
        assert server is not None
        return server

    async def probe(self, server: Server) -> Activity:
        self.probes += 1
        use = self._latest(server.id, self.clock.time)
        if use is None:
            return Activity()
        if self.clock.time < use.end:
            if use.busy:
                return Activity((Workload(WorkKind.CELL, f"cell:{use.begin}", "run", 60, 0.9),))
            return Activity(last_used=0.0, last_used_by="a file was saved")
        # A kernel also reports its last message, so a run that began and ended between two probes
        # is known.
        return Activity(last_used=(self.clock.time - use.end).total_seconds())

    async def run(self) -> None:
        """Simulate all days: members begin to use servers, and sweeps run when servers are due."""
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
        # Sweeps in the minute of a use run too; without them there would be gaps between probes.
        while (tick := await self._next_tick()) <= end:
            self.clock.time = tick
            await self.cleanup.sweep.run(tick)
            await self._work()

    async def _next_tick(self) -> datetime:
        """Return the first sweep after now for which `take_due` returns a server."""
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
        """Begin to use a server, and start it first if it is stopped."""
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
            owner, keeping = Member(server.owner), self.cleanup.keeping
            kept = await keeping.extend(owner, ServerId(server.id), HOUR)
            self.kept[server.id] = (self.clock.time, kept.until)

    async def _power(self, job: str, server: Server) -> None:
        now, on = self.clock.time, job == "start"
        if not on:
            self._judge_stop(server.id, now)
        await (self.cloud.machines.start if on else self.cloud.machines.stop)(server.id)
        status, action = (Status.RUNNING, "running") if on else (Status.STOPPED, "stopped")
        event = Event(now, "engine", action, server.id, "ok", server.name)
        stopped_at = None if on else now
        await self.store.update(
            server.id, server.generation, event, status=status, stopped_at=stopped_at
        )
        if not on:
            await self.cleanup.notices.post_reason(await self._get(server.id))

    def _judge_stop(self, server_id: str, now: datetime) -> None:
        """Check that a server about to be stopped is stopped neither too early nor too late."""
        use, since = self._latest(server_id, now), self._idle_since(server_id, now)
        clicked, until = self.kept.get(server_id, (BEGIN, BEGIN))
        if use is not None and now < use.end:
            self.faults.append(f"{server_id} was stopped while busy at {now}")
        if now < max(since + POLICY.after, until) + POLICY.grace:
            self.faults.append(f"{server_id} was stopped too early at {now}")
        warnings = [at for at in self.messages.warned[server_id] if at > max(since, clicked)]
        if len(warnings) != 1:
            self.faults.append(f"{server_id} was warned at {warnings} before its stop at {now}")
        self._judge_idle(server_id, now)

    def _judge_idle(self, server_id: str, now: datetime) -> None:
        """Check that a server that was on until now was not idle longer than the policy allows."""
        power, since = self.power(server_id), self._idle_since(server_id, now)
        if power[-1][0] == "off" or since >= now:
            return
        _, until = self.kept.get(server_id, (BEGIN, BEGIN))
        seen = [since + n * MINUTE for n in range(int(self.look_every / MINUTE) + 1)]
        latest = max(*(_may_be_warned_at(each) for each in seen), until) + POLICY.grace
        # If the rule becomes shorter at an hour of the day, the next probe applies it.
        if now > latest + max(TICK, self.look_every):
            self.faults.append(f"{server_id} idle since {since} was still on at {now}")

    def _idle_since(self, server_id: str, now: datetime) -> datetime:
        """Return the end of the server's latest use, or its start; `now` while it is in use."""
        before = [use for use in self.uses[server_id] if use.begin < now]
        started = next(at for what, at in reversed(self.power(server_id)) if what == "on")
        return max(min(before[-1].end, now) if before else BEGIN, started)


def _server(number: int) -> Server:
    return Server(
        id=f"sim{number}",
        name=f"sim-{number}",
        owner=f"U{number}",
        owner_name="Ana",
        platform="ubuntu",
        size="Standard_B2s",
        region="westeurope",
        status=Status.RUNNING,
        created_at=BEGIN,
        ready_at=BEGIN,
        request_key=f"sim{number}",
        price_per_hour=PRICE,
        address="127.0.0.1",
    )


def _may_be_warned_at(since: datetime) -> datetime:
    """Return the first minute at which the policy allows a warning, for a server idle `since`."""
    at = since + POLICY.after
    while at - since < POLICY.idle_after(at, ZONE):
        at += MINUTE
    return at
