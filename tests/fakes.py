"""Hand-written, stateful fakes of the ports, for tests of the core alone.

They keep what a real one would, so that a test asks what is so afterwards instead of what
was called. The adapters have tests of their own on real parts.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from provisioning.core.errors import DeliveryError
from provisioning.core.model.activity import Activity
from provisioning.core.model.cloud import (
    CloudMachine,
    CloudResource,
    Endpoint,
    PowerState,
    Quota,
    Size,
)
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


@dataclass
class FakeCloud:
    """Resources by server; `failures` are raised once each, by the name of the method. `sold_in`:
    what a region sells instead of `sold`; `full`: the sizes for which one has no room."""

    resources: dict[str, set[str]] = field(default_factory=dict)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    sold: tuple[str, ...] = ("Standard_B2s", "Standard_B2ms", "Standard_D2s_v5")
    sold_in: dict[str, tuple[str, ...]] = field(default_factory=dict)
    full: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gone_images: tuple[str, ...] = ()
    networks: list[str] = field(default_factory=list)
    vm_gate: object = None
    vm_puts: int = 0
    owners: dict[str, str] = field(default_factory=dict)
    machines: dict[str, CloudMachine] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    machine_sizes: dict[str, str] = field(default_factory=dict)

    def _maybe_fail(self, method: str) -> None:
        if self.failures.get(method):
            raise self.failures[method].pop(0)

    async def check(self):
        self._maybe_fail("check")

    async def sizes(self, region):
        sold = self.sold_in.get(region, self.sold)
        return [Size(name, 2, 4.0, "standardBSFamily") for name in sold]

    async def fitting_sizes(self, region):
        self._maybe_fail("fitting_sizes")
        full = self.full.get(region, ())
        return [size for size in await self.sizes(region) if size.name not in full]

    async def quotas(self, region):
        self._maybe_fail("quotas")
        return [Quota(6, 100, "Total Regional Cores"), Quota(0, 10, "Standard BS Family Cores")]

    async def missing_images(self, images, region):
        self._maybe_fail("missing_images")
        return [image for image in images if image in self.gone_images]

    async def check_capacity(self, server):
        self._maybe_fail("check_capacity")

    async def ensure_network(self, region):
        self._maybe_fail("ensure_network")
        self.networks.append(region)

    async def ensure_address(self, server):
        self._maybe_fail("ensure_address")
        self.resources.setdefault(server.id, set()).add("ip")

    async def ensure_nic(self, server):
        self._maybe_fail("ensure_nic")
        self.resources.setdefault(server.id, set()).add("nic")

    async def ensure_vm(self, server, platform, boot):
        self._maybe_fail("ensure_vm")
        owned = self.resources.setdefault(server.id, set())
        if "vm" not in owned:
            self.vm_puts += 1
            owned |= {"vm", "power"}
        if self.vm_gate is not None:
            await self.vm_gate.wait()

    async def endpoint(self, server):
        return Endpoint("127.0.0.1", "10.0.0.4", "127.0.0.1")

    async def stop_server(self, server_id):
        self._maybe_fail("stop_server")
        self.resources[server_id].discard("power")

    async def start_server(self, server_id):
        self._maybe_fail("start_server")
        self.resources[server_id].add("power")

    async def restart_server(self, server_id):
        self._maybe_fail("restart_server")
        self.resources[server_id].add("power")

    async def tag_server(self, server):
        self._maybe_fail("tag_server")
        self.owners[server.id] = server.owner
        self.names[server.id] = server.name

    async def check_resize(self, server, size):
        self._maybe_fail("check_resize")
        return next(each for each in await self.sizes(server.region) if each.name == size)

    async def resizable_to(self, server):
        return [each for each in await self.sizes(server.region) if each.name != server.size]

    async def resize_server(self, server_id, size):
        self._maybe_fail("resize_server")
        assert "power" not in self.resources[server_id]
        self.machine_sizes[server_id] = size

    async def ensure_copy(self, server, until):
        self._maybe_fail("ensure_copy")
        owned = self.resources.get(server.id, set())
        if f"copy-{server.snapshot.id}" in owned:
            return True
        if "vm" not in owned:
            return False
        assert "power" not in owned, "a running machine still writes"
        owned.add(f"copy-{server.snapshot.id}")
        return True

    async def ensure_vm_of_copy(self, server, platform):
        self._maybe_fail("ensure_vm_of_copy")
        owned = self.resources[server.id]
        assert f"copy-{server.snapshot.id}" in owned
        owned |= {"vm", "power"}

    async def delete_copy(self, server_id, copy):
        self._maybe_fail("delete_copy")
        self.resources.get(server_id, set()).discard(f"copy-{copy}")
        if not self.resources.get(server_id):
            self.resources.pop(server_id, None)

    async def power_states(self, server_ids):
        return {each: self._power(self.resources.get(each, set())) for each in server_ids}

    def _power(self, owned):
        if "vm" not in owned:
            return PowerState.ABSENT
        return PowerState.RUNNING if "power" in owned else PowerState.DEALLOCATED

    async def delete_server(self, server_id, keep=""):
        self._maybe_fail("delete_server")
        kept = self.resources.pop(server_id, set()) & {f"copy-{keep}"}
        if kept:
            self.resources[server_id] = kept

    async def machine(self, server_id):
        return self.machines.get(server_id)

    async def list_resources(self):
        return [
            CloudResource(
                f"/{server_id}/{name}", name, name, server_id, "", is_copy=name.startswith("copy-")
            )
            for server_id, names in self.resources.items()
            for name in names
        ]

    async def close(self):
        pass


class FakePrices:
    """One price for all."""

    async def per_hour(self, size, os, region):
        return Decimal("0.0416")


@dataclass
class FakeHost:
    """Remembers the hash that each address was given, and who may come in: `people` is empty
    while it is held, None before it was told. `seen` is what it is used for;
    `strangers` have no password on it, so they get no link."""

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
    """What each person was shown, in order; `down` is how many hand-overs Slack refuses."""

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
        """What was shown of a server, without the progress."""
        return [what for of, what in self.shown if of == server_id and "progress" not in what]
