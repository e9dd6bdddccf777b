"""A storm: rounds of lives, and after each round the checks."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.postgres import Postgres
from tests.storm.checks import Checks, Violation, life_of
from tests.storm.life import Life
from tests.storm.parts import Parts
from tests.storm.plan import MEMBERS, Plan
from tests.storm.sandbox import Json, Sandbox
from tests.storm.takeover import Takeovers
from tests.storm.weather import Weather

_LOOK_SECONDS = 2.0
_ASKED = 5


@dataclass
class Found:
    """What a storm has shown."""

    begun: int = 0
    ready: int = 0
    """Servers that were handed over to their owners at least once."""
    refused: list[str] = field(default_factory=list)
    """The last answers to creations that were given up."""
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of the storm by what it did."""
    counts: dict[str, int] = field(default_factory=dict)
    settled: list[float] = field(default_factory=list)
    """Seconds from the end of the faults until all was at rest, by round."""
    passwords: int = 0
    """Passwords that opened a machine."""
    takeovers: list[float] = field(default_factory=list)
    """Seconds for which a piece of a hit bot's work waited for another bot."""
    violations: list[Violation] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


class Storm:
    """Everything of one storm."""

    def __init__(self, plan: Plan, database_url: str, postgres: Postgres | None) -> None:
        self.plan, self.found = plan, Found()
        self.parts = Parts(plan, database_url)
        self.sandbox = Sandbox(self.parts.config)
        self.checks = Checks(self.sandbox, database_url)
        self._said: list[str] = []
        self._asked: set[str] = set()
        self.takeovers = Takeovers(database_url, plan.bots)
        self.weather = Weather(plan, self.parts, self.sandbox, postgres, self.takeovers.expect)

    async def run(self) -> Found:
        """Run all rounds; the first violation ends the storm, so that its traces are fresh."""
        began = time.monotonic()
        try:
            with self._phase("start"):
                await self.parts.start()
                for user in MEMBERS:
                    await self.sandbox.type(user, "settings --language en")
            await self._rounds()
        finally:
            self.found.ends = [end for part in self.parts.all for end in part.ends]
            self.found.takeovers = await self.takeovers.close()
            self.found.passwords = self.checks.entered
            await self.parts.stop()
            await self.sandbox.close()
            self.checks.close()
            self.found.counts = dict(sorted(self.weather.counts.items()))
            self.found.seconds = time.monotonic() - began
            (self.plan.folder / "diary.txt").write_text("\n".join(self.weather.diary))
        return self.found

    async def _rounds(self) -> None:
        for number, numbers in enumerate(self.plan.rounds()):
            await self._round(number, [Life(each, self.plan, self.sandbox) for each in numbers])
            if self.found.violations:
                return
        with self._phase("snapshots' end"):
            await self._until_nothing_is_left()

    async def _round(self, number: int, lives: list[Life]) -> None:
        with self._phase("lives"):
            await self._live(number, lives)
            await self.weather.calm()
        self.found.refused += [f"{each.name}: {each.done[-1:]}" for each in lives if not each.begun]
        self.found.begun += sum(each.begun for each in lives)
        rows = [row for row in self.checks.rows() if life_of(row, lives)]
        self.found.ready += sum(row.ready_at is not None for row in rows)
        for name, look in (
            ("settling", self._settle),
            ("passwords", self.checks.passwords),
            ("deleting", self._delete),
        ):
            if not self.found.violations:
                with self._phase(name):
                    self.found.violations += await look(lives)
        ended = f"{number + 1}: settled after {self.found.settled[-1:]} s"
        print(f"round {ended}, {self.found.begun} servers so far", flush=True)

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        """Add the time that this takes to the times of the storm."""
        began = time.monotonic()
        yield
        self.found.phases[name] = self.found.phases.get(name, 0.0) + time.monotonic() - began

    async def _live(self, number: int, lives: list[Life]) -> None:
        turns = asyncio.Semaphore(self.plan.at_once)

        async def live(life: Life) -> None:
            async with turns:
                await life.run()

        weather = asyncio.create_task(self.weather.rage(number))
        try:
            await asyncio.gather(*(live(each) for each in lives))
        finally:
            weather.cancel()
            (error,) = await asyncio.gather(weather, return_exceptions=True)
        if not isinstance(error, asyncio.CancelledError):
            raise error

    async def _settle(self, lives: list[Life]) -> list[Violation]:
        began, seen = time.monotonic(), [Violation("", "")]
        while seen and time.monotonic() < began + self.plan.settle_seconds:
            await asyncio.sleep(_LOOK_SECONDS)
            await self._clean_up(lives)
            seen = await self.checks.at_rest(lives)
            self._say([each.kind for each in seen])
        if not seen:
            self.found.settled.append(round(time.monotonic() - began, 1))
        return seen

    async def _clean_up(self, lives: list[Life]) -> None:
        """Do what a card says that tells of a rest in Azure: delete the server once more.

        The bot tries again by itself once an hour, which is too long for a storm.
        """
        for row in self.checks.rows():
            life = life_of(row, lives)
            if life is None or row.status.is_live or not row.remains_reason:
                continue
            if row.id not in self._asked and await self.sandbox.delete(
                life.owner, row.name, "server_delete"
            ):
                self._asked.add(row.id)

    def _say(self, kinds: list[str]) -> None:
        """Show what is waited for, when it changes."""
        if kinds and kinds != self._said:
            print(f"  {time.strftime('%H:%M:%S')} not at rest: {', '.join(kinds)}", flush=True)
        self._said = kinds

    async def _delete(self, lives: list[Life]) -> list[Violation]:
        """Delete what the round has left, and check again."""
        for row in self.checks.rows():
            life = life_of(row, lives)
            if life is None or not row.status.is_live:
                continue
            life.may_be_gone = True
            for _ in range(_ASKED):  # on a busy computer an acknowledgement may be late
                if await self.sandbox.delete(life.owner, row.name, "server_delete"):
                    break
            else:
                return [Violation("stuck", f"no question came after `delete {row.name}`")]
        seen = await self._settle(lives)
        live = [row.name for row in self.checks.rows() if row.status.is_live]
        return seen + [Violation("left", f"{name} is still there") for name in live]

    async def _until_nothing_is_left(self) -> None:
        """Wait for the end of the snapshots' retention."""
        end = time.monotonic() + self.plan.copies_seconds + self.plan.settle_seconds
        left: list[Json] | None = None
        while left != [] and time.monotonic() < end:
            left = await self.sandbox.resources()
            await asyncio.sleep(_LOOK_SECONDS)
        self.found.violations += await self.checks.left(left or [])
