"""What a creation and a new password are: one tuple of steps each; what turns a machine off and
on is in `provisioning.workflows.power`, a deletion and its undo in `provisioning.workflows.delete`.

Each step may run twice, so each is an `ensure_...` in spirit. What is independent runs at
the same time inside one step. The clear text of a password lives only inside `hand_over`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from provisioning.access.certificates import CertificateFiles
from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.access.passwords import generate_password, hash_password
from provisioning.core.errors import REFUSALS_OF_A_REGION, UserError
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.people import Member
from provisioning.core.model.policy import MachineLayout, Policy, Tls
from provisioning.core.model.server import CardPassword, Failure, Job, Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import MemberKeyStore, OwnLimitStore, ServerStore, ShareStore
from provisioning.core.retry import all_of
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.regions import Regions
from provisioning.workflows.admit import Admission
from provisioning.workflows.delete import Removing
from provisioning.workflows.first_boot import first_boot
from provisioning.workflows.packages import PackageWork
from provisioning.workflows.power import Power
from provisioning.workflows.repository import Cloning
from provisioning.workflows.resize import Resizing
from provisioning.workflows.set_up import SettingUp
from provisioning.workflows.steps import DAY, FailedEnding, Redrawing, Step, Workflow
from provisioning.workflows.undo import Restoring

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workflows:
    """The steps, over the ports they need. `before_stop` and `after_stop`: what comes
    before every stop and after it; `before_copy`: before a deletion that keeps a copy."""

    cloud: Cloud
    host: Host
    cards: CardMessages
    store: ServerStore
    shares: ShareStore
    member_keys: MemberKeyStore
    limits: OwnLimitStore
    clock: Clock
    keys: InstallationKeys
    layout: MachineLayout
    policy: Policy
    tls: Tls = field(default_factory=Tls)
    certificates: CertificateFiles | None = None
    before_stop: tuple[Step, ...] = ()
    after_stop: tuple[Step, ...] = ()
    before_copy: tuple[Step, ...] = ()

    def table(self) -> dict[str, Workflow]:
        """All workflows by name. A step's name is stored in the history: rename with care."""
        people = self._people()
        setting_up = SettingUp(
            self.cloud, self.host, self.cards, self.store, self.keys, self.layout, self.tls,
            self.certificates,
        )  # fmt: skip
        network = (
            Step("check_capacity", self.check_capacity, Stage.CHECK),
            Step("network_and_address", self.ensure_network_and_address, Stage.NETWORK),
            Step("nic", self.cloud.network.ensure_nic, Stage.NETWORK),
        )
        create = Workflow(
            Job.CREATE,
            (
                *network,
                Step("vm", self.ensure_vm, Stage.MACHINE, patience=1800),
                Step("connect", self.connect, Stage.CONNECT, patience=1),
                Step("set_up", setting_up.run, Stage.SET_UP, patience=1200),
                Cloning(
                    self.host, self.store, self.cards, self.access, self.policy.git_authorities
                ).step(),
                Step("verify", self.verify, Stage.VERIFY, patience=600),
                Step("admit_keys", people.admit_keys, Stage.HAND_OVER),
                Step("hand_over", self.hand_over, Stage.HAND_OVER, patience=DAY),
            ),
            on_failure=self.give_up,
        )
        password = Workflow(Job.PASSWORD, (Step("password", self.new_password, patience=3600),))
        comes_up = self._comes_up(people)
        power = Power(
            self.cloud, self.cards, self.store, self.clock, comes_up, people,
            self.before_stop, self.after_stop,
        )  # fmt: skip
        removing = Removing(
            self.cloud, self.cards, self.store, self.clock, people, self.before_copy
        )
        undo = Restoring(
            self.cloud, self.cards, self.store, self.clock, network, setting_up.run, comes_up
        ).workflow()
        redrawing = Redrawing(self.cards)
        tag = Step("tag", self.cloud.inventory.tag_server, patience=DAY)
        rename = Workflow(Job.RENAME, (tag, *redrawing.steps))
        resizing = Resizing(self.cloud, self.cards, self.store, self.clock, people, comes_up)
        packages = PackageWork(self.host, self.cards, self.store, self.clock, self.access)
        workflows = (
            create, *removing.workflows(), undo, password, people.workflow(), packages.workflow(),
            *power.workflows(), redrawing.workflow(),
            rename, resizing.workflow(),
        )  # fmt: skip
        return {each.name: each for each in workflows}

    def _people(self) -> Admission:
        return Admission(
            self.cloud,
            self.host,
            self.cards,
            self.store,
            self.shares,
            self.member_keys,
            self.clock,
            self.policy,
            self.access,
            self.owner_password,
        )

    def _comes_up(self, people: Admission) -> tuple[Step, ...]:
        """From a machine that is on to a notebook that was seen to work."""
        return (
            Step("connect", self.connect, patience=1),
            Step("admit", people.admit),
            Step("verify", self.verify, patience=600),
        )

    async def check_capacity(self, server: Server) -> None:
        """Refuse before anything is made."""
        platform = get_platform(server.platform)
        await all_of(self.cloud.capacity.check_server(server), self.host.prepare(platform))

    async def ensure_network_and_address(self, server: Server) -> None:
        """The network of its region and the server's own address, at the same time."""
        # Not a TaskGroup: that would wrap a refusal, and steps tell refusals by their type.
        network = self.cloud.network.ensure_network(server.region)
        await all_of(network, self.cloud.network.ensure_address(server))

    async def ensure_vm(self, server: Server) -> None:
        """The VM with its planted host key."""
        platform = get_platform(server.platform)
        pair = self.keys.host_key(server.id)
        key, port = self.keys.client_public_key, self.layout.ssh_port
        boot = first_boot(platform, server.name, key, pair, port)
        await self.cloud.machines.ensure_vm(server, platform, boot)
        for extension in platform.extensions_of(server.release, server.size):
            await self.cloud.commands.ensure_extension(server, extension)
        if boot.command is not None:
            await self.cloud.commands.ensure_command(server, boot.command)

    async def connect(self, server: Server) -> None:
        """Wait for SSH, by the planted key alone."""
        access = await self.access(server)
        await self.host.wait_until_reachable(access, self.layout.ssh_timeout.total_seconds())

    async def verify(self, server: Server) -> None:
        """Inside: a kernel computes. From outside: the certificate that the machine told of over
        SSH, which may be another one than at the last look (authorities' are renewed)."""
        endpoint = await self.cloud.network.endpoint(server)
        access = await self.access(server)
        await self._place_certificate(server, access)
        sha256 = await self.host.verify(access)
        await self.host.check_https(
            endpoint.public_address,
            self.layout.https_port,
            self.tls.hostname(server.id, endpoint.hostname, server.region),
            sha256,
        )
        if sha256 != server.certificate_sha256:
            await self.store.update(server.id, server.generation, certificate_sha256=sha256)

    async def _place_certificate(self, server: Server, access: HostAccess) -> None:
        """What changed while the server was off. Files that are not right now don't hinder it."""
        if self.certificates is None:
            return
        try:
            pair = await asyncio.to_thread(self.certificates.read)
        except UserError as error:
            log.warning("organisation's certificate not usable", reason=error.message)
            return
        if pair.sha256 != server.certificate_sha256:
            await self.host.place_certificate(access, pair.certificate, pair.key)

    async def hand_over(self, server: Server) -> None:
        """The one-time password's hash to the machine, the clear text to the owner.

        If the DM does not arrive, the whole step runs again with another password: the
        clear text is never kept to wait.
        """
        now = self.clock.now()
        ready = Event(now, ENGINE, "ready", server.id, "ok", server.name)
        current = await self.store.update(
            server.id,
            server.generation,
            None if server.status is Status.RUNNING else ready,
            status=Status.RUNNING,
            ready_at=server.ready_at or now,
            password=self._shown_password(now),
        )
        if current is not None:
            await self._deliver(current, as_new_message=False)

    async def owner_password(self, server: Server) -> None:
        """A one-time password for a new owner, on a card of their own."""
        await self._new_password(server, as_new_message=False)

    async def new_password(self, server: Server) -> None:
        """A fresh one-time password in a message of its own; the older card loses its."""
        await self._new_password(server, as_new_message=True)

    async def _new_password(self, server: Server, *, as_new_message: bool) -> None:
        if server.status is not Status.RUNNING:
            return
        now = self.clock.now()
        current = await self.store.update(
            server.id, server.generation, password=self._shown_password(now)
        )
        if current is not None:
            await self._deliver(current, as_new_message=as_new_message)

    def _shown_password(self, now: datetime) -> CardPassword:
        return CardPassword(now + self.policy.password_ttl, shown_at=now)

    async def _deliver(self, server: Server, *, as_new_message: bool) -> None:
        password = generate_password()
        password_hash = await hash_password(password)
        latest = server.password or self._shown_password(self.clock.now())
        owner = Member(server.owner, server.owner_name)
        access = await self.access(server)
        await self.host.plant_password(access, owner, password_hash, latest.expires_at)
        await self.cards.post_ready(server, password, as_new_message=as_new_message)

    async def give_up(self, server: Server, code: str, reason: str) -> None:
        """Remove what was made, keep the row as failed, and tell the owner why, and where else
        it could be made."""
        await self.cloud.inventory.delete_server(server.id)
        elsewhere: Sequence[str] = ()
        if code in REFUSALS_OF_A_REGION:
            elsewhere = await Regions(self.cloud, self.limits, self.policy).elsewhere(server)
        await FailedEnding(self.store, self.cards, self.clock).write(
            server,
            Status.FAILED,
            Failure(reason, code),
            ended_at=server.ended_at or self.clock.now(),
            elsewhere=tuple(elsewhere),
        )

    async def access(self, server: Server) -> HostAccess:
        """How to reach the server's machine. Raises `NotYet` while it has no address."""
        endpoint = await self.cloud.network.endpoint(server)
        return Reach(self.keys, self.layout).access(server, endpoint.public_address)
