"""Hand-written, stateful fakes of the ports, for tests of the core.

A fake keeps the state that a real adapter would keep, so that a test checks the state afterwards
instead of the calls. The adapters have their own tests on real parts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.wiring.parts import Cards, DurableEngine, PriceList
from provisioning.adapters.engine import Schedule
from provisioning.core.errors import DeliveryError
from provisioning.core.model.activity import Activity
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.machine import (
    ExportedNotebook,
    HostAccess,
    LastOutput,
    MachineEvent,
    MachineLogs,
    SetUpResult,
)
from provisioning.core.model.people import Member, Share
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.platforms.catalogue import Platform
from provisioning.workflows.steps import Workflow

FINGERPRINT = "AB:CD"


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
    """One price for all sizes."""

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        return Decimal("0.0416")

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

    async def forget(self, now: datetime, /) -> None:
        pass

    async def close(self) -> None:
        pass


@dataclass
class FakeHost(Host):
    """A host that remembers its password hashes, access list, packages and certificates.

    `people` is None before the first access list, and empty while the host is held. `seen` holds
    the probe result of each address. Members in `strangers` have no password on the host, so they
    get no link.
    """

    failures: dict[str, list[Exception]] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)
    rotations: list[HostAccess] = field(default_factory=list)
    trusted: list[HostAccess] = field(default_factory=list)
    verified: int = 0
    shown: str = FINGERPRINT
    result: SetUpResult = field(default_factory=lambda: SetUpResult(FINGERPRINT, 1.0))
    placed: list[tuple[str, str]] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    specifications: list[dict[str, object]] = field(default_factory=list)
    seen: dict[str, Activity] = field(default_factory=dict)
    planted: list[str] = field(default_factory=list)
    people: list[str] | None = None
    output: LastOutput | None = None
    keys: list[str] = field(default_factory=list)
    links: list[tuple[str, str, datetime]] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    cloned: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    written: MachineLogs = field(default_factory=lambda: MachineLogs((), ()))

    def _maybe_fail(self, method: str) -> None:
        if self.failures.get(method):
            raise self.failures[method].pop(0)

    async def prepare(self, platform: Platform) -> None:
        self._maybe_fail("prepare")

    async def wait_until_reachable(self, access: HostAccess, timeout: float) -> None:
        self._maybe_fail("wait_until_reachable")

    async def rotate_host_key(
        self, access: HostAccess, platform: Platform, private_key: str
    ) -> None:
        self.rotations.append(access)
        self._maybe_fail("rotate_host_key")

    async def set_up(
        self,
        access: HostAccess,
        platform: Platform,
        specification: dict[str, object],
        on_event: Callable[[MachineEvent], None],
    ) -> SetUpResult:
        self._maybe_fail("set_up")
        self.trusted.append(access)
        self.specifications.append(specification)
        on_event(MachineEvent("packages", "start"))
        on_event(MachineEvent("packages", "done", 1.0))
        return self.result

    async def verify(self, access: HostAccess) -> str:
        self._maybe_fail("verify")
        self.verified += 1
        return self.shown

    async def place_certificate(self, access: HostAccess, certificate: str, key: str) -> str:
        self._maybe_fail("place_certificate")
        self.placed.append((access.address, certificate))
        self.shown = self.fingerprints.get(certificate, FINGERPRINT)
        return self.shown

    async def plant_password(
        self, access: HostAccess, member: Member, password_hash: str, expires_at: datetime
    ) -> None:
        self._maybe_fail("plant_password")
        self.trusted.append(access)
        self.hashes.append(password_hash)
        self.planted.append(member.id)

    async def give_link(
        self, access: HostAccess, member: Member, token_sha256: str, use_until: datetime
    ) -> bool:
        self._maybe_fail("give_link")
        if member.id in self.strangers:
            return False
        self.links.append((member.id, token_sha256, use_until))
        return True

    async def admit(
        self, access: HostAccess, platform: Platform, people: Sequence[str], keys: Sequence[str]
    ) -> None:
        self._maybe_fail("admit")
        self.people, self.keys = list(people), list(keys)

    async def logs(self, access: HostAccess, platform: Platform, lines: int) -> MachineLogs:
        self._maybe_fail("logs")
        return self.written

    async def set_packages(self, access: HostAccess, requirements: Sequence[str]) -> None:
        self._maybe_fail("set_packages")
        self.packages = list(requirements)

    async def clone_repository(
        self, access: HostAccess, platform: Platform, url: str, authorities: str
    ) -> None:
        self._maybe_fail("clone_repository")
        self.cloned.append(url)

    async def notebooks(self, access: HostAccess) -> Sequence[str]:
        self._maybe_fail("notebooks")
        return list(self.documents)

    async def export(self, access: HostAccess, notebook: str) -> ExportedNotebook:
        self._maybe_fail("export")
        if notebook not in self.documents:
            return ExportedNotebook(unknown=tuple(self.documents))
        html = self.documents[notebook]
        return ExportedNotebook(notebook, html, html)

    async def hold(self, access: HostAccess, platform: Platform) -> None:
        self._maybe_fail("hold")
        self.people, self.keys = [], []

    async def activity(self, access: HostAccess, timeout: float = 10.0) -> Activity:
        return self.seen.get(access.address, Activity())

    async def last_output(self, access: HostAccess) -> LastOutput | None:
        self._maybe_fail("last_output")
        return self.output

    async def check_https(
        self, address: str, port: int, hostname: str, certificate_sha256: str
    ) -> None:
        self._maybe_fail("check_https")
        assert certificate_sha256 == self.shown


@dataclass
class FakeCardMessages(Cards):
    """The cards in the order of posting; Slack refuses the next `down` cards."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    invitations: list[tuple[str, str]] = field(default_factory=list)
    down: int = 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def update_progress(self, server: Server) -> None:
        self.shown.append((server.id, f"progress {server.stage.value}"))

    async def post_ready(
        self, server: Server, password: str, *, as_new_message: bool = False
    ) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.passwords.append(password)
        self.shown.append((server.id, "ready"))
        return Delivery("D_ANA", "1.1")

    async def update_state(self, server: Server, *, as_new_message: bool = False) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        why = f": {server.failure.text}" if server.failure else ""
        self.shown.append((server.id, f"{server.status.value}{why}"))
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

    async def post_packages(
        self, server: Server, ending: str | None = None, place: Delivery | None = None
    ) -> Delivery:
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.shown.append((server.id, f"packages {ending}"))
        return Delivery("D_ANA", "9.1")

    async def update_invitation(self, server: Server, share: Share) -> None:
        self.shown.append((server.id, f"ended for {share.member}"))

    def endings(self, server_id: str) -> list[str]:
        """Return the cards of a server, without progress."""
        return [what for of, what in self.shown if of == server_id and "progress" not in what]
