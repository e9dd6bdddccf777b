"""Hand-written, stateful fakes of the ports, for tests of the core.

A fake keeps the state that a real adapter would keep, so that a test checks the state afterwards
instead of the calls. The adapters have their own tests on real parts.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.wiring.parts import Cards, DurableEngine, PriceList
from provisioning.adapters.engine import Schedule
from provisioning.core.errors import DeliveryError
from provisioning.core.model.activity import Activity
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import UpdateEnd, UpdateReport
from provisioning.core.model.people import Share
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.chat import AdminAlerts
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.people import People
from provisioning.workflows.durable.steps import Workflow


class FakeClock(Clock):
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **delta: float) -> None:
        self.time += timedelta(**delta)


async def unheard(_server: Server, _activity: Activity, _now: datetime) -> None:
    """Ignore a probe result of the cleanup."""


async def no_times() -> Mapping[str, timedelta]:
    """Return no owner's limits."""
    return {}


async def no_rules(_owner: str) -> IdlePolicy | None:
    """Return no idle rules."""
    return None


@dataclass
class FakePeople(People):
    """Members who all live in one time zone."""

    zone_name: str = ""

    async def zone(self, user_id: str) -> str:
        return self.zone_name


class FakePrices(PriceList):
    """One price for all sizes, and one for each GB of a disk."""

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        return Decimal("0.0416")

    async def disk_per_month(self, gb: int, region: str) -> Decimal | None:
        return Decimal("0.075") * gb

    def prefetch(self, sizes: Iterable[str], regions: Iterable[str]) -> None:
        pass

    async def close(self) -> None:
        pass


@dataclass
class FakeEngine(DurableEngine):
    """Notes what is asked of it and does nothing. `broken` makes it raise."""

    asked: list[tuple[Job, str]] = field(default_factory=list)
    broken: Exception | None = None
    workflows: dict[str, Workflow] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)

    latest: datetime | None = None
    """The latest tick of every schedule; None: now."""
    executor_id: str = "this-process"
    processes: int = 1

    def after_takeover(self, call: Callable[[], Awaitable[object]]) -> None:
        pass

    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        if self.broken is not None:
            raise self.broken
        self.asked.append((job, server.id))

    def taken(self) -> list[tuple[Job, str]]:
        """What was asked since the last call."""
        asked, self.asked = self.asked, []
        return asked

    def add_workflows(self, workflows: Mapping[str, Workflow]) -> None:
        self.workflows.update(workflows)

    def schedule_all(self, schedules: Mapping[str, Schedule]) -> None:
        self.schedules.update(schedules)

    async def launch(self) -> None:
        pass

    async def recover(self, scheduled_at: datetime | None = None, /) -> None:
        pass

    async def latest_tick(self, name: str) -> datetime | None:
        return self.latest or datetime.now(UTC)

    async def forget(self, now: datetime, /) -> None:
        pass

    async def drain(self, seconds: float) -> None:
        pass

    async def close(self) -> None:
        pass


@dataclass
class FakeAdminAlerts(AdminAlerts):
    """What the admins were asked to mend: server and code, once each."""

    asked: dict[tuple[str, str], str] = field(default_factory=dict)

    async def needs_admin(self, code: str, server: Server, reason: str) -> None:
        self.asked.setdefault((server.id, code), reason)


@dataclass
class FakeCardMessages(Cards):
    """The cards in the order of posting; Slack refuses the next `down` cards.

    `news` are the cards that were posted as new messages, which Slack notifies of.
    """

    shown: list[tuple[str, str]] = field(default_factory=list)
    news: list[tuple[str, str]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    invitations: list[tuple[str, str]] = field(default_factory=list)
    reports: list[tuple[str, UpdateReport]] = field(default_factory=list)
    down: int = 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def update_progress(self, server: Server) -> None:
        self.shown.append((server.id, f"progress {server.stage.value}"))
        self.details.append(server.stage_detail)

    async def post_ready(self, server: Server, password: str) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.passwords.append(password)
        self.shown.append((server.id, "ready"))
        self.news.append(self.shown[-1])
        return Delivery("D_ANA", "1.1")

    async def redraw_older(self, server: Server) -> None:
        pass

    async def update_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        why = f": {server.failure.text}" if server.failure else ""
        self.shown.append((server.id, f"{server.status.value}{why}"))
        self.details.append(server.stage_detail)
        if as_new_message:
            self.news.append(self.shown[-1])
        return Delivery("D_ANA", "1.1")

    async def notify_host_key_changed(self, server: Server) -> None:
        self.alarms.append(server.id)

    async def post_invitation(
        self, server: Server, share: Share, password: str, expires_at: datetime
    ) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.invitations.append((share.member, password))
        self.shown.append((server.id, f"shared with {share.member}"))
        return Delivery(f"D_{share.member}", f"{len(self.shown)}.1")

    async def post_no_password(self, server: Server) -> None:
        self.shown.append((server.id, "no password"))

    async def end_packages(self, server: Server) -> None:
        self.shown.append((server.id, "no packages"))

    async def post_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.shown.append((server.id, f"packages {ending}"))
        return Delivery("D_ANA", "9.1")

    async def post_update(self, server: Server, end: UpdateEnd) -> None:
        self.shown.append((server.id, f"update {end}"))

    async def post_update_report(self, admin: str, key: str, report: UpdateReport) -> None:
        self.reports.append((admin, report))

    async def update_invitation(self, server: Server, share: Share) -> None:
        self.shown.append((server.id, f"ended for {share.member}"))

    def endings(self, server_id: str) -> list[str]:
        """Return the cards of a server, without progress."""
        return [what for of, what in self.shown if of == server_id and "progress" not in what]
