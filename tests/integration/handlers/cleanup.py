"""The cleanup over the world's store and Slack.

The test sets the probe results and the clock. It also runs the engine's jobs, so that it can crash
between any two of them.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Status
from provisioning.idle.keep import Keeping
from provisioning.idle.notices import Notices
from provisioning.idle.schedule import HoursOfServers
from provisioning.idle.sweep import Sweep, SweepConfig
from provisioning.idle.used_passwords import UsedPasswords
from provisioning.limits.checks import own_lifetimes
from provisioning.workflows.steps import Redrawing
from tests.fakes import FakeClock

SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICY = IdlePolicy(after=HOUR, grace=15 * MINUTE, lifetime=timedelta(0))
BUSY = Activity((Workload(WorkKind.CELL, "cell:k", "train.ipynb", 60.0, 0.9),))
ANA = Member("U_ANA")


class House:
    """The cleanup, its clock and the probe results that the test sets."""

    def __init__(self, place) -> None:
        self.place, self.clock = place, FakeClock()
        self.clock.time = SATURDAY
        self.seen: dict[str, Activity] = {}
        self.output: LastOutput | Exception | None = None
        self.watches = place.watches
        people = place.profiles
        self.sweep = Sweep(
            self.watches,
            place.stores.uses,
            self.look,
            place.work,
            place.cleanup_messages,
            people,
            self.clock,
            POLICY,
            SweepConfig(look_budget=1.0),
            UsedPasswords(place.store, place.work).seen,
            place.own.idle_times,
            partial(own_lifetimes, place.stores.limits),
        )
        self.notices = Notices(
            self.watches, place.cleanup_messages, self.clock, POLICY, place.quiet, self.last_output
        )
        place.hours = HoursOfServers(place.rights, self.watches, people, self.clock, POLICY)
        place.keeping = Keeping(
            place.rights,
            self.watches,
            place.cleanup_messages,
            people,
            self.clock,
            POLICY,
            place.stores.limits,
        )

    async def last_output(self, server):
        if isinstance(self.output, Exception):
            raise self.output
        return self.output

    async def look(self, server):
        return self.seen.get(server.name, Activity())

    async def server(self, name="sales"):
        server = await self.place.server(name, status=Status.RUNNING)
        return await self.place.store.update(
            server.id, server.generation, ready_at=SATURDAY, price_per_hour=Decimal("0.0416")
        )

    async def pass_time(self, time: timedelta, *, work=True, step=MINUTE) -> None:
        """Sweep after each step of time, and run the engine's jobs if `work`."""
        end = self.clock.time + time
        while self.clock.time < end:
            self.clock.time = min(self.clock.time + step, end)
            await self.sweep.run(self.clock.time)
            if work:
                await self.do_work()

    async def do_work(self) -> list[str]:
        done = []
        asked, self.place.work.asked = self.place.work.asked, []
        for job, server_id in asked:
            server = await self.place.store.get(server_id)
            done.append(job)
            if job == "redraw":
                await Redrawing(self.place.cards).run(server)
            elif job == "warn":
                await self.notices.warn(server)
            elif job == "start":
                await self.place.store.update(
                    server.id, server.generation, status=Status.RUNNING, stopped_at=None
                )
            elif job == "stop":
                for step in self.notices.before_stop():
                    await step.run(server)
                await self.place.store.update(
                    server.id, server.generation, status=Status.STOPPED,
                    stopped_at=self.clock.time,
                )  # fmt: skip
                (why,) = self.notices.after_stop()
                await why.run(await self.place.store.get(server_id))
        return done

    async def status(self, name="sales") -> Status:
        return (await self.place.store.find(name)).status

    async def dms(self) -> list[dict]:
        return await self.place.dms()
