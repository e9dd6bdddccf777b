"""A team that uses its servers by a seeded calendar, over a clock that is moved.

The store, the sweep and the cloud's adapter are real (the cloud is local Azure); the looks come
from the calendar, and the engine's jobs are run at once.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from provisioning.activity import Activity, Work, WorkKind
from provisioning.idle import IdlePolicy
from provisioning.keeping import Keeping
from provisioning.model import Delivery, Event, Member, Server, Status
from provisioning.notices import Notices
from provisioning.policy import Policy
from provisioning.service import Servers
from provisioning.sweep import Sweep, SweepConfig
from tests.fakes import FakeClock, FakePrices

BEGIN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # a Monday
ZONE = "Europe/Madrid"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY = IdlePolicy(
    after=HOUR, after_in_working_hours=2 * HOUR, grace=15 * MINUTE, retention=timedelta(0)
)


@dataclass(frozen=True)
class Use:
    """A time of work (`busy`) or of somebody typing."""

    begin: datetime
    end: datetime
    busy: bool


def calendar(seed: int, days: int) -> list[Use]:
    """Working days with breaks, some nights of training, some days off."""
    source, uses = random.Random(seed), []
    for day in range(days):
        morning = BEGIN + day * DAY + timedelta(minutes=source.randrange(7 * 60, 11 * 60))
        if (BEGIN + day * DAY).weekday() >= 5 or source.random() < 0.15:
            continue
        at = morning
        for _ in range(source.randrange(1, 6)):
            end = at + timedelta(minutes=source.randrange(5, 150))
            uses.append(Use(at, end, source.random() < 0.4))
            at = end + timedelta(minutes=source.randrange(1, 200))
        if source.random() < 0.1:  # a run over the night
            uses.append(Use(at, at + timedelta(minutes=source.randrange(300, 900)), busy=True))
    merged: list[Use] = []
    for use in uses:
        if not merged or use.begin > merged[-1].end:
            merged.append(use)
    return merged


@dataclass
class Teller:
    """Counts what people are told."""

    warned: list[tuple[str, datetime]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def show_notice(self, server, watch):
        self.warned.append((server.id, watch.history.notice.deadline))
        return Delivery("D", str(len(self.warned)))

    async def redraw_notice(self, server, watch):
        pass

    async def show_end(self, server, watch):
        self.ended.append(server.id)

    async def tell_unseen(self, server, since, why):
        raise AssertionError(f"{server.id} was not seen: {why}")


class People:
    async def zone(self, user_id):
        return ZONE


class AlwaysAwake:
    """Nobody has quiet hours."""

    async def hold_notices(self, user_id, server_id):
        return False


class Team:
    """See the module. `meter` is when each machine went on and off, by the cloud's answers."""

    def __init__(self, store, watches, cloud, days: int, look_every: timedelta) -> None:
        self.store, self.watches, self.cloud, self.days = store, watches, cloud, days
        self.clock, self.teller, self.jobs = FakeClock(), Teller(), []
        self.clock.time = BEGIN
        self.look_every = look_every
        people = People()
        config = SweepConfig(look_every=look_every)
        self.sweep = Sweep(
            watches, self.look, self, self.teller, people, self.clock, POLICY, config
        )
        self.notices = Notices(watches, self.teller, self.clock, POLICY, AlwaysAwake())
        self.servers = Servers(
            store, cloud, FakePrices(), self, self.clock, Policy(region="westeurope")
        )
        self.keeping = Keeping(self.servers, watches, self.teller, people, self.clock, POLICY)
        self.uses: dict[str, list[Use]] = {}
        self.meter: dict[str, list[tuple[str, datetime]]] = {}
        self.faults: list[str] = []
        self.kept: dict[str, datetime] = {}
        self.random = random.Random(7)

    async def begin(self, job, server, key=""):
        self.jobs.append((job, server.id))

    async def add(self, number: int) -> Server:
        server = Server(
            id=f"sim{number}", name=f"sim-{number}", owner="U_ANA", owner_name="Ana",
            platform="ubuntu", size="Standard_B2s", region="westeurope", status=Status.RUNNING,
            created_at=BEGIN, ready_at=BEGIN, request_key=f"sim{number}",
            price_per_hour=Decimal("0.0416"), address="127.0.0.1",
        )  # fmt: skip
        event = Event(BEGIN, "U_ANA", "create", server.id, "accepted")
        await self.store.add_server(server, event)
        self.uses[server.id] = calendar(number, self.days)
        self.meter[server.id] = [("on", BEGIN)]
        return server

    def _latest(self, server_id: str, now: datetime) -> Use | None:
        uses = self.uses[server_id]
        index = bisect_right(uses, now, key=lambda use: use.begin)
        return uses[index - 1] if index else None

    async def look(self, server: Server) -> Activity:
        use = self._latest(server.id, self.clock.time)
        if use is None:
            return Activity()
        if self.clock.time < use.end:
            if use.busy:
                return Activity((Work(WorkKind.CELL, f"cell:{use.begin}", "run", 60, 0.9),))
            return Activity(last_used=0.0, last_used_by="a file was saved")
        if use.busy:
            return Activity()
        return Activity(last_used=(self.clock.time - use.end).total_seconds())

    async def run(self) -> None:
        """All days, in steps of a look."""
        end = BEGIN + self.days * DAY
        while self.clock.time < end:
            self.clock.time += min(self.look_every, 5 * MINUTE)
            await self._people_come()
            await self.sweep.run(self.clock.time)
            await self._work()

    async def _people_come(self) -> None:
        now = self.clock.time
        for server in await self.store.list_servers():
            self._look_for_idlers(server, now)
            use = self._latest(server.id, now)
            if server.status is Status.STOPPED and use is not None and now < use.end:
                await self.servers.start(Member(server.owner), server.id)
                await self._work()

    async def _work(self) -> None:
        jobs, self.jobs = self.jobs, []
        for job, server_id in jobs:
            server = await self.store.get(server_id)
            if job == "warn":
                await self.notices.warn(server)
                if self.random.random() < 0.1:
                    kept = await self.keeping.extend(Member(server.owner), server.id, HOUR)
                    self.kept[server.id] = kept.until
            else:
                await self._power(job, server)

    async def _power(self, job: str, server: Server) -> None:
        now, on = self.clock.time, job == "start"
        if not on:
            self._judge(server, now)
        await (self.cloud.start_server if on else self.cloud.stop_server)(server.id)
        self.meter[server.id].append(("on" if on else "off", now))
        status, action = (Status.RUNNING, "running") if on else (Status.STOPPED, "stopped")
        await self.store.update(
            server.id, server.generation,
            Event(now, "engine", action, server.id, "ok", server.name),
            status=status, stopped_at=None if on else now,
        )  # fmt: skip
        if not on:
            await self.notices.explain(await self.store.get(server.id))

    def _judge(self, server: Server, now: datetime) -> None:
        """A stop: was it right?"""
        use = self._latest(server.id, now)
        if use is not None and now < use.end:
            self.faults.append(f"{server.id} was stopped at work at {now}")
        if now < self._idle_since(server.id, now) + POLICY.after + POLICY.grace:
            self.faults.append(f"{server.id} was stopped too early at {now}")

    def _look_for_idlers(self, server: Server, now: datetime) -> None:
        """A server that runs: may it still?"""
        use = self._latest(server.id, now)
        if server.status is not Status.RUNNING or (use is not None and now < use.end):
            return
        since = self._idle_since(server.id, now)
        after = max(POLICY.idle_after(since + step * MINUTE, ZONE) for step in range(0, 180, 5))
        warned_at = since + after
        kept = self.kept.get(server.id)
        if kept is not None and kept > since:
            warned_at = max(warned_at, kept)
        if now > warned_at + POLICY.grace + self.look_every:
            self.faults.append(f"{server.id} idle since {since} still runs at {now}")

    def _idle_since(self, server_id: str, now: datetime) -> datetime:
        use = self._latest(server_id, now)
        started = next(at for what, at in reversed(self.meter[server_id]) if what == "on")
        return max(use.end if use else BEGIN, started)


def metered(meter: list[tuple[str, datetime]], until: datetime) -> timedelta:
    """How long a machine was on."""
    total, since = timedelta(0), None
    for what, at in meter:
        if what == "on":
            since = at
        elif since is not None:
            total, since = total + (at - since), None
    return total + (until - since if since is not None else timedelta(0))
