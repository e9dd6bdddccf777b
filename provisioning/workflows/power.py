"""Stop, start and restart as steps, and how a started machine comes up.

A stopped server is deallocated: only its disk and its address remain, and cost money.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from provisioning.access.certificates import CertificateFiles
from provisioning.core.errors import DeliveryError, NotYet, PermanentError, UserError
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.policy import MachineLayout, Tls
from provisioning.core.model.server import Job, PasswordHidden, Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.admit import Admission
from provisioning.workflows.durable.steps import DAY, AddedSteps, Step, Workflow, notify
from provisioning.workflows.failures.outage import Outages
from provisioning.workflows.failures.power import FailedStart, FailedStop
from provisioning.workflows.upkeep import NOTES

_PATIENCE = 1800.0
"""Half an hour, in seconds. Recorded stops took 131 s at p90; a busy region may refuse first."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Power:
    """The steps of a stop, a start, a restart and a repair.

    - `comes_up` are the steps from a started machine to a verified notebook, and `repaired` those
      with a repair.
    - `people` applies the access list.
    - `added` run before a stop, on the running machine, and after it.
    - `outages` are the ends of machines whose notebook does not come up.
    """

    cloud: Cloud
    cards: CardMessages
    store: ServerStore
    clock: Clock
    comes_up: tuple[Step, ...]
    repaired: tuple[Step, ...]
    people: Admission
    added: AddedSteps
    outages: Outages

    def workflows(self) -> tuple[Workflow, ...]:
        """Return the workflows of a stop, a start, a restart and a repair."""
        announce = Step("announce", self.announce, optional=True)
        end = notify("tell", self.cards)
        up = FailedStart(self.cloud, self.store, self.clock, self.outages)
        invite = Step("invite", self.people.invite, patience=DAY)
        running = (Step("running", self.running), end, invite)
        back_up = (*self.comes_up, *running)
        repaired = (*self.repaired, *running)
        stop = Step("deallocate", self.stop, patience=_PATIENCE)
        power_on = Step("power_on", self.power_on, patience=_PATIENCE)
        reboot = Step("reboot", self.reboot, patience=_PATIENCE)
        return (
            Workflow(
                Job.STOP,
                (announce, *self.added.before_stop, stop, end, *self.added.after_stop),
                self._failed_stop().on_failure(),
            ),
            Workflow(Job.START, (announce, power_on, *back_up), up.on_failure(Job.START)),
            Workflow(Job.RESTART, (announce, reboot, *back_up), up.on_failure(Job.RESTART)),
            Workflow(Job.REPAIR, (announce, power_on, *repaired), up.on_failure(Job.REPAIR)),
        )

    def _failed_stop(self) -> FailedStop:
        is_news = self.added.refused_stop
        return FailedStop(self.cloud, self.cards, self.store, self.clock, self.people, is_news)

    async def announce(self, server: Server) -> None:
        """Show on the card what has begun. A failure of Slack does not hold up the workflow."""
        try:
            await self.cards.update_state(server)
        except DeliveryError as error:
            log.info("begun state not shown", server=server.id, reason=error.reason)

    async def stop(self, server: Server) -> None:
        """Deallocate the machine; disk, address and notebooks stay."""
        if server.status is not Status.STOPPED:
            await self.people.hold(server)
        await self.cloud.machines.stop(server.id)
        await self._settle(
            server,
            Status.STOPPED,
            "stopped",
            stopped_at=self.clock.now(),
            password=PasswordHidden(),
            outage=None,
        )

    async def power_on(self, server: Server) -> None:
        """Start the machine, with its own size if a failed resize has left it another one."""
        if server.resize is not None:
            await self.cloud.machines.resize(server.id, server.size)
            await self.store.update(server.id, server.generation, resize=None)
        await self.cloud.machines.start(server.id)

    async def reboot(self, server: Server) -> None:
        """Restart the machine."""
        await self.people.note_unused(server)
        await self.cloud.machines.restart(server.id)

    async def running(self, server: Server) -> None:
        """Set the server to running, after its notebook was verified."""
        await self._settle(server, Status.RUNNING, "running", stopped_at=None)

    async def _settle(self, server: Server, status: Status, action: str, **changes: object) -> None:
        if server.status is status:
            return
        event = Event(self.clock.now(), ENGINE, action, server.id, "ok", server.name)
        failure = server.failure
        # A stop for an outage keeps its reason, and so the way to a repair.
        stays = failure is not None and (failure.code in NOTES or server.outage is not None)
        note = failure if stays else None
        await self.store.update(
            server.id, server.generation, event, status=status, failure=note, **changes
        )


@dataclass(frozen=True)
class ComingUp:
    """The steps from a started machine to a verified notebook.

    `access` returns the access to a server's machine. `certificates` are the organisation's, None
    in other modes.
    """

    cloud: Cloud
    host: Host
    store: ServerStore
    layout: MachineLayout
    tls: Tls
    certificates: CertificateFiles | None
    access: Callable[[Server], Awaitable[HostAccess]]

    def steps(self, people: Admission, *upkeep: Step) -> tuple[Step, ...]:
        """Return the steps: connect, update or repair, apply the access list, verify."""
        return (
            Step("connect", self.connect, patience=1),
            *upkeep,
            Step("admit", people.admit),
            Step("verify", self.verify, patience=600),
        )

    async def connect(self, server: Server) -> None:
        """Wait until SSH works with a host key that the bot accepts."""
        access = await self.access(server)
        await self.host.wait_until_reachable(access, self.layout.ssh_timeout.total_seconds())

    async def verify(self, server: Server) -> None:
        """Verify a kernel over SSH, and from outside the certificate that the machine reports.

        The certificate may differ from the stored one, since authorities renew theirs.
        """
        endpoint = await self.cloud.network.endpoint(server)
        access = await self.access(server)
        await self._grow_file_system(server, access)
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

    async def _grow_file_system(self, server: Server, access: HostAccess) -> None:
        """Let the file system follow a larger disk, and store its size.

        A failure does not hold up the server: the status says that the disk is larger.
        """
        own = get_platform(server.platform).default_disk_gb
        # A new machine's first boot fills the platform's own disk.
        if not server.awaits_growth or (server.disk is None and server.disk_gb <= own):
            return
        try:
            disk = await self.host.grow_disk(access)
        except (NotYet, PermanentError) as error:
            log.warning("file system not grown", server=server.id, reason=error.reason)
            return
        await self.store.update(server.id, server.generation, disk=disk)

    async def _place_certificate(self, server: Server, access: HostAccess) -> None:
        """Install a certificate that changed while the server was off; log unusable files."""
        if self.certificates is None:
            return
        try:
            pair = await asyncio.to_thread(self.certificates.read)
        except UserError as error:
            log.warning("organisation's certificate not usable", reason=error.message)
            return
        if pair.sha256 != server.certificate_sha256:
            await self.host.place_certificate(access, pair.certificate, pair.key)
