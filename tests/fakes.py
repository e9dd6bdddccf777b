"""Hand-written, stateful fakes of the ports, for tests of the core.

A fake keeps the state that a real adapter would keep, so that a test checks the state afterwards
instead of the calls. The adapters have their own tests on real parts.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

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
from provisioning.core.model.server import Server

FINGERPRINT = "AB:CD"


class FakeClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def now(self):
        return self.time

    def advance(self, **delta: float) -> None:
        self.time += timedelta(**delta)


async def unheard(_server, _activity, _now) -> None:
    """Ignore a probe result of the cleanup."""


async def no_times():
    """Return no owner's limits."""
    return {}


async def no_rules(_owner):
    """Return no idle rules."""
    return None


class FakePrices:
    """One price for all sizes."""

    async def per_hour(self, size, os, region):
        return Decimal("0.0416")


@dataclass
class FakeHost:
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

    async def prepare(self, platform):
        self._maybe_fail("prepare")

    async def wait_until_reachable(self, access, timeout):
        self._maybe_fail("wait_until_reachable")

    async def rotate_host_key(self, access, platform, private_key):
        self.rotations.append(access)
        self._maybe_fail("rotate_host_key")

    async def set_up(self, access, platform, specification, on_event):
        self._maybe_fail("set_up")
        self.trusted.append(access)
        self.specifications.append(specification)
        on_event(MachineEvent("packages", "start"))
        on_event(MachineEvent("packages", "done", 1.0))
        return self.result

    async def verify(self, access):
        self._maybe_fail("verify")
        self.verified += 1
        return self.shown

    async def place_certificate(self, access, certificate, key):
        self._maybe_fail("place_certificate")
        self.placed.append((access.address, certificate))
        self.shown = self.fingerprints.get(certificate, FINGERPRINT)
        return self.shown

    async def plant_password(self, access, member, password_hash, expires_at):
        self._maybe_fail("plant_password")
        self.trusted.append(access)
        self.hashes.append(password_hash)
        self.planted.append(member.id)

    async def give_link(self, access, member, token_sha256, use_until):
        self._maybe_fail("give_link")
        if member.id in self.strangers:
            return False
        self.links.append((member.id, token_sha256, use_until))
        return True

    async def admit(self, access, platform, people, keys):
        self._maybe_fail("admit")
        self.people, self.keys = list(people), list(keys)

    async def logs(self, access, platform, lines):
        self._maybe_fail("logs")
        return self.written

    async def set_packages(self, access, requirements):
        self._maybe_fail("set_packages")
        self.packages = list(requirements)

    async def clone_repository(self, access, platform, url, authorities):
        self._maybe_fail("clone_repository")
        self.cloned.append(url)

    async def notebooks(self, access):
        self._maybe_fail("notebooks")
        return list(self.documents)

    async def export(self, access, notebook):
        self._maybe_fail("export")
        if notebook not in self.documents:
            return ExportedNotebook(unknown=tuple(self.documents))
        html = self.documents[notebook]
        return ExportedNotebook(notebook, html, html)

    async def hold(self, access, platform):
        self._maybe_fail("hold")
        self.people, self.keys = [], []

    async def activity(self, access, timeout=10.0):
        return self.seen.get(access.address, Activity())

    async def last_output(self, access):
        self._maybe_fail("last_output")
        return self.output

    async def check_https(self, address, port, hostname, certificate_sha256):
        self._maybe_fail("check_https")
        assert certificate_sha256 == self.shown


@dataclass
class FakeCardMessages:
    """The cards in the order of posting; Slack refuses the next `down` cards."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    invitations: list[tuple[str, str]] = field(default_factory=list)
    down: int = 0

    async def update_progress(self, server: Server):
        self.shown.append((server.id, f"progress {server.stage.value}"))

    async def post_ready(self, server, password, *, as_new_message=False):
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.passwords.append(password)
        self.shown.append((server.id, "ready"))
        return Delivery("D_ANA", "1.1")

    async def update_state(self, server, *, as_new_message=False):
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        why = f": {server.failure.text}" if server.failure else ""
        self.shown.append((server.id, f"{server.status.value}{why}"))
        return Delivery("D_ANA", "1.1")

    async def notify_host_key_changed(self, server):
        self.alarms.append(server.id)

    async def post_invitation(self, server, share, password, expires_at):
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.invitations.append((share.member, password))
        self.shown.append((server.id, f"shared with {share.member}"))
        return Delivery(f"D_{share.member}", f"{len(self.shown)}.1")

    async def post_packages(self, server, ending=None, place=None):
        if self.down:
            self.down -= 1
            raise DeliveryError("Slack did not answer", retry_in=0.01)
        self.shown.append((server.id, f"packages {ending}"))
        return Delivery("D_ANA", "9.1")

    async def update_invitation(self, server, share):
        self.shown.append((server.id, f"ended for {share.member}"))

    def endings(self, server_id: str) -> list[str]:
        """Return the cards of a server, without progress."""
        return [what for of, what in self.shown if of == server_id and "progress" not in what]
