"""The parts that `build` takes in place of those that the settings make: a test's fakes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypedDict

from bot.messages.home import HomeUpdates
from bot.slack.app import Identity
from provisioning.adapters.engine import EngineConfig, Schedule
from provisioning.core.ports.chat import AdminAlerts, CardMessages
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.probe import Probes
from provisioning.workflows.durable.steps import Workflow


class Cards(CardMessages, Protocol):
    """Cards whose progress is drawn between `start` and `close`."""

    async def start(self) -> None:
        """Begin to draw progress."""
        ...

    async def close(self) -> None:
        """Stop drawing."""
        ...


class PriceList(Prices, Protocol):
    """Prices that can be looked up ahead."""

    def prefetch(self, sizes: Iterable[str], regions: Iterable[str]) -> None:
        """Begin to look up these sizes."""
        ...

    async def close(self) -> None:
        """End the look-ups."""
        ...


class DurableEngine(Work, Protocol):
    """The engine, which runs the workflows and the schedules."""

    def add_workflows(self, workflows: Mapping[str, Workflow]) -> None:
        """Add workflows by name. They hold from the next launch on."""
        ...

    def schedule_all(self, schedules: Mapping[str, Schedule]) -> None:
        """Add schedules by name. They hold from the next launch on."""
        ...

    @property
    def executor_id(self) -> str:
        """The name of this process among those that share the database."""
        ...

    @property
    def processes(self) -> int:
        """The number of processes that share the database, this one included."""
        ...

    def after_takeover(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call this after the work of a dead process was taken over."""
        ...

    async def launch(self) -> None:
        """Start, and go on with all work in flight."""
        ...

    async def recover(self, scheduled_at: datetime | None = None, /) -> None:
        """Begin the work that the rows request and the history does not know."""
        ...

    async def latest_tick(self, name: str) -> datetime | None:
        """Return the time of a schedule's latest tick in any process; None if it has had none."""
        ...

    async def forget(self, now: datetime, /) -> None:
        """Remove the history of work that ended long before `now`."""
        ...

    async def drain(self, seconds: float) -> None:
        """Take no further work, and wait up to `seconds` for the running steps."""
        ...

    async def close(self) -> None:
        """End what still runs, and leave it to other processes or the next start."""
        ...


class Parts(TypedDict, total=False):
    """The parts by name.

    With `identity`, Slack is not asked who the bot is. `answer_seconds` is the time that a listener
    waits for its answer, and an answer for a member's profile.
    """

    identity: Identity
    clock: Clock
    cloud: Cloud
    prices: PriceList
    host: Host
    probes: Probes
    people: People
    engine: DurableEngine
    engine_config: EngineConfig
    schedules: Mapping[str, Schedule]
    cards: Cards
    cleanup: CleanupMessages
    alerts: AdminAlerts
    homes: HomeUpdates
    answer_seconds: float
