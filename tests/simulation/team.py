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

from sqlalchemy import func, select

from bot.wiring.stores import Stores
from provisioning.access.rights import ServerId
from provisioning.adapters.sql.schema.tables import servers as server_rows
from provisioning.adapters.sql.schema.tables import watches as watch_rows
from provisioning.adapters.sql.watches import SqlWatches
from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy, Policy
from provisioning.core.model.server import Server, Status
from provisioning.idle.keep import Keeping
from provisioning.idle.notices import Notices
from provisioning.idle.sweep import Sweep, SweepConfig
from tests.fakes import FakeClock, no_times, unheard
from tests.integration.adapters.azure.conftest import PaperMachines
from tests.simulation.calendar import BEGIN, DAY, HOUR, MINUTE, Use, calendar
from tests.use_cases import ServerUseCases

ZONE = "Europe/Madrid"
TICK = 5 * MINUTE
PRICE = Decimal("0.0416")
POLICY = IdlePolicy(
    after=HOUR, after_in_working_hours=2 * HOUR, grace=15 * MINUTE, retention=timedelta(0)
)


@dataclass
class CountedMessages:
    """Counts what people are told."""

    clock: FakeClock
    warned: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    async def post_warning(self, server, watch):
        self.warned[server.id].append(self.clock.time)
        return Delivery("D", f"{len(self.warned[server.id])}.1")

    async def update_warning(self, server, watch):
        pass

    async def post_end(self, server, watch):
        self.ended[server.id].append(self.clock.time)

    async def notify_unseen(self, server, since, why):
        raise AssertionError(f"{server.id} was not seen: {why}")


class MeteredMachines(PaperMachines):
    """Azure's machines: each notes, by the simulated clock, when Azure puts it on and off."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.meter: dict[str, list[tuple[str, datetime]]] = defaultdict(list)

    def _note(self, machine_id: str, what: str) -> None:
        self.meter[self.specs[machine_id].hostname].append((what, self.clock.time))

    async def create(self, spec):
        await super().create(spec)
        self._note(spec.machine_id, "on")

    async def start(self, machine_id):
        await super().start(machine_id)
        self._note(machine_id, "on")

    async def stop(self, machine_id):
        await super().stop(machine_id)
        self._note(machine_id, "off")


class People:
    async def zone(self, user_id):
        return ZONE


class AlwaysAwake:
    """Nobody has quiet hours."""

    async def hold_notices(self, user_id, server_id):
        return False


class Team(ServerUseCases):
    """See the module. `faults` says what went wrong, when."""

    def __init__(
        self, engine, cloud, machines: MeteredMachines, days: int, look_every: timedelta
    ) -> None:
        self.engine, stores, watches = engine, Stores(engine), SqlWatches(engine)
        self.cloud, self.days, self.look_every = cloud, days, look_every
        self.clock, self.meter = machines.clock, machines.meter
        self.messages, self.jobs = CountedMessages(self.clock), []
        people, config = People(), SweepConfig(look_every=look_every)
        self.sweep = Sweep(
            watches,
            stores.uses,
            self.look,
            self,
            self.messages,
            people,
            self.clock,
            POLICY,
            config,
            unheard,
            no_times,
            no_times,
        )
        self.notices = Notices(
            watches, self.messages, self.clock, POLICY, AlwaysAwake(), self.last_output
        )
        super().__init__(stores, cloud, self, self.clock, Policy(region="westeurope"))
        self.keeping = Keeping(
            self.rights, watches, self.messages, people, self.clock, POLICY, stores.limits
        )
        self.uses: dict[str, list[Use]] = {}
        self.names: dict[str, str] = {}
        self.faults: list[str] = []
        self.kept: dict[str, tuple[datetime, datetime]] = {}
        self.random = random.Random(7)
        self.looks = 0

    async def begin(self, job, server, key=""):
        self.jobs.append((job, server.id))

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
            await self.sweep.run(tick)
            await self._work()

    async def _next_tick(self) -> datetime:
        """The first one after now at which `take_due` hands something out."""
        alive = watch_rows.join(server_rows, server_rows.c.id == watch_rows.c.server_id)
        moved = watch_rows.c.generation != server_rows.c.generation
        query = select(func.min(watch_rows.c.next_look_at), func.count().filter(moved)).select_from(
            alive
        )
        async with self.engine.connect() as connection:
            due, changed = (await connection.execute(query)).one()
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
        server = await self.store.get(server_id)
        await self.servers.start(Member(server.owner), ServerId(server_id))
        await self._work()

    async def _work(self) -> None:
        jobs, self.jobs = self.jobs, []
        await asyncio.gather(*(self._do(job, server_id) for job, server_id in jobs))

    async def _do(self, job: str, server_id: str) -> None:
        server = await self.store.get(server_id)
        if job != "warn":
            await self._power(job, server)
            return
        await self.notices.warn(server)
        if self.random.random() < 0.1:
            kept = await self.keeping.extend(Member(server.owner), ServerId(server.id), HOUR)
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
            await self.notices.explain(await self.store.get(server.id))

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


def metered(meter: list[tuple[str, datetime]], until: datetime) -> timedelta:
    """How long a machine was on."""
    total, since = timedelta(0), None
    for what, at in meter:
        if what == "on":
            since = at
        elif since is not None:
            total, since = total + (at - since), None
    return total + (until - since if since is not None else timedelta(0))
