"""The steps that create a server's machine, and the end of a failed creation.

Each step is safe to run twice. Independent calls run at the same time inside one step.
"""

from dataclasses import dataclass, replace

from provisioning.access.installation_keys import InstallationKeys
from provisioning.core.errors import REFUSALS_OF_A_REGION, NotYet
from provisioning.core.language import stored
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Failure, Job, Remains, Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.core.retry import all_of
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.regions import Regions
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows
from provisioning.workflows.durable.steps import Step
from provisioning.workflows.first_boot import first_boot


@dataclass(frozen=True)
class Creating:
    """The steps of a creation up to the machine."""

    cloud: Cloud
    host: Host
    cards: CardMessages
    store: ServerStore
    clock: Clock
    keys: InstallationKeys
    layout: MachineLayout
    regions: Regions

    def network_steps(self) -> tuple[Step, ...]:
        """Return the steps before a new or restored machine: capacity, network and address."""
        return (
            Step("check_capacity", self.check_capacity, Stage.CHECK),
            Step("network_and_address", self.ensure_network_and_address, Stage.NETWORK),
            Step("nic", self.cloud.network.ensure_nic, Stage.NETWORK),
        )

    async def check_capacity(self, server: Server) -> None:
        """Refuse a creation without capacity before anything is created."""
        platform = get_platform(server.platform)
        await all_of(self.cloud.capacity.check_server(server), self.host.prepare(platform))

    async def ensure_network_and_address(self, server: Server) -> None:
        """Ensure the network of the region and the server's own address, at the same time."""
        # A TaskGroup would wrap a refusal, and steps recognise refusals by their type.
        network = self.cloud.network.ensure_network(server.region)
        await all_of(network, self.cloud.network.ensure_address(server))

    async def ensure_vm(self, server: Server) -> None:
        """Ensure the VM with its planted host key, its extensions and its first command."""
        platform = get_platform(server.platform)
        pair = self.keys.host_key(server.id)
        key, port = self.keys.client_public_key, self.layout.ssh_port
        boot = first_boot(platform, server.name, key, pair, port)
        try:
            await self.cloud.machines.ensure_vm(server, platform, boot)
        except NotYet as again:
            await self._show_wait(server, stored(again.reason))
            raise
        for extension in platform.extensions_of(server.release, server.size):
            await self.cloud.commands.ensure_extension(server, extension)
        if boot.command is not None:
            await self.cloud.commands.ensure_command(server, boot.command)

    async def _show_wait(self, server: Server, reason: str) -> None:
        """Show on the card why the machine takes another attempt."""
        if await self.store.set_stage(server.id, server.generation, Stage.MACHINE, reason):
            shown = replace(server, stage=Stage.MACHINE, stage_detail=reason)
            await self.cards.update_progress(shown)

    def on_failure(self) -> OnFailure:
        """Return the end of a failed creation: the server is given up, then what there is of it."""
        rows = Rows(self.store, self.clock)
        return OnFailure(self.settle, clean_up=self.clean_up, correct=rows.remain)

    async def settle(self, server: Server, failed: FailedStep) -> None:
        """Mark the server as failed, with the reason."""
        await Rows(self.store, self.clock).settle(
            server,
            Status.FAILED,
            Failure(failed.reason, failed.code, Job.CREATE),
            ended_at=server.ended_at or self.clock.now(),
            remains=Remains(Job.CREATE),
        )

    async def clean_up(self, server: Server) -> None:
        """Delete what was created, and find the regions in which the server could be created."""
        await self.cloud.inventory.delete_server(server.id)
        if server.failure is not None and server.failure.code in REFUSALS_OF_A_REGION:
            elsewhere = tuple(await self.regions.elsewhere(server))
            await self.store.update(server.id, server.generation, elsewhere=elsewhere)
