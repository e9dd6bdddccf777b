"""The cleanup over the world's store and Slack.

The test sets the probe results and the clock. It also runs the engine's jobs, so that it can crash
between any two of them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.config.settings import IdleSettings
from bot.wiring.parts import Parts
from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Job, Server, Status
from provisioning.idle.probe import Probes
from provisioning.workflows.durable.endings import FailedStep
from provisioning.workflows.durable.redraw import Redrawing
from provisioning.workflows.failures.cards import FailedMessage
from tests.fakes import FakeClock
from tests.integration.handlers.world import World, world

SATURDAY = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
POLICY = IdlePolicy(after=HOUR, grace=15 * MINUTE, lifetime=timedelta(0))
BUSY = Activity((Workload(WorkKind.CELL, "cell:k", "train.ipynb", 60.0, 0.9),))
ANA = Member("U_ANA")


class SetProbes(Probes):
    """What the test lets the cleanup see, by the servers' names, and the last output."""

    def __init__(self) -> None:
        self.seen: dict[str, Activity] = {}
        self.output: LastOutput | Exception | None = None

    async def probe(self, server: Server) -> Activity:
        return self.seen.get(server.name, Activity())

    async def last_output(self, server: Server) -> LastOutput | None:
        if isinstance(self.output, Exception):
            raise self.output
        return self.output


class House:
    """The cleanup of a world, its clock and the probe results that the test sets.

    While `refusal` is set, Azure refuses each stop with it.
    """

    def __init__(self, place: World, clock: FakeClock, probes: SetProbes) -> None:
        self.place, self.clock, self.probes = place, clock, probes
        cases = place.bot.cases.idle
        self.watches, self.sweep, self.notices = place.watches, cases.sweep, cases.notices
        self.refusal: FailedStep | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator["House"]:
        """A house in that folder, in which it is Saturday."""
        clock, probes = FakeClock(), SetProbes()
        clock.time = SATURDAY
        idle = IdleSettings(
            after=POLICY.after, grace=POLICY.grace, lifetime=POLICY.lifetime, look_budget=1.0
        )
        parts: Parts = {"clock": clock, "probes": probes}
        async with world(folder, parts=parts, settings={"idle": idle}) as place:
            yield cls(place, clock, probes)

    async def server(self, name: str = "sales") -> Server:
        server = await self.place.server(name, status=Status.RUNNING)
        changed = await self.place.store.update(
            server.id, server.generation, ready_at=SATURDAY, price_per_hour=Decimal("0.0416")
        )
        assert changed is not None
        return changed

    async def pass_time(
        self, time: timedelta, *, work: bool = True, step: timedelta = MINUTE
    ) -> None:
        """Sweep after each step of time, and run the engine's jobs if `work`."""
        end = self.clock.time + time
        while self.clock.time < end:
            self.clock.time = min(self.clock.time + step, end)
            await self.sweep.run(self.clock.time)
            if work:
                await self.do_work()

    async def do_work(self) -> list[str]:
        """Do what the engine was asked for, and return the jobs."""
        done: list[str] = []
        for job, server_id in self.place.work.taken():
            done.append(job)
            await self._do(job, await self._get(server_id))
        return done

    async def _do(self, job: Job, server: Server) -> None:
        if job is Job.REDRAW:
            failed = FailedMessage(self.place.store, self.place.cards, self.clock)
            await Redrawing(self.place.cards, failed.on_failure()).run(server)
        elif job is Job.WARN:
            await self.notices.warn(server)
        elif job is Job.START:
            await self._become(server, status=Status.RUNNING, stopped_at=None)
        elif job is Job.STOP and self.refusal is not None:
            ending = self.place.work.workflows[job].on_failure
            assert ending.notify is not None
            await ending.settle(server, self.refusal)
            await ending.notify(await self._get(server.id), self.refusal, True)
            await self._become(server, remains=None)
        elif job is Job.STOP:
            for step in self.notices.before_stop():
                await step.run(server)
            await self._become(server, status=Status.STOPPED, stopped_at=self.clock.time)
            (why,) = self.notices.after_stop()
            await why.run(await self._get(server.id))

    async def _become(self, server: Server, **changes: object) -> None:
        await self.place.store.update(server.id, server.generation, **changes)

    async def _get(self, server_id: str) -> Server:
        server = await self.place.store.get(server_id)
        assert server is not None
        return server

    async def status(self, name: str = "sales") -> Status:
        server = await self.place.store.find(name)
        assert server is not None
        return server.status

    async def dms(self) -> list[dict[str, Any]]:
        return await self.place.dms()
