"""The steps that make a server's machine, and the end of a creation that failed.

Each step may run twice, so each is an `ensure_...` in spirit. What is independent runs at
the same time inside one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.access.installation_keys import InstallationKeys
from provisioning.core.errors import REFUSALS_OF_A_REGION
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Failure, Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.core.retry import all_of
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.regions import Regions
from provisioning.workflows.first_boot import first_boot
from provisioning.workflows.steps import FailedEnding, Step


@dataclass(frozen=True)
class Creating:
    """The steps, over the ports they need."""

    cloud: Cloud
    host: Host
    cards: CardMessages
    store: ServerStore
    clock: Clock
    keys: InstallationKeys
    layout: MachineLayout
    regions: Regions

    def network_steps(self) -> tuple[Step, ...]:
        """What a machine is put into, also one that is restored."""
        return (
            Step("check_capacity", self.check_capacity, Stage.CHECK),
            Step("network_and_address", self.ensure_network_and_address, Stage.NETWORK),
            Step("nic", self.cloud.network.ensure_nic, Stage.NETWORK),
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

    async def give_up(self, server: Server, code: str, reason: str) -> None:
        """Remove what was made, keep the row as failed, and tell the owner why, and where else
        it could be made."""
        await self.cloud.inventory.delete_server(server.id)
        elsewhere: Sequence[str] = ()
        if code in REFUSALS_OF_A_REGION:
            elsewhere = await self.regions.elsewhere(server)
        await FailedEnding(self.store, self.cards, self.clock).write(
            server,
            Status.FAILED,
            Failure(reason, code),
            ended_at=server.ended_at or self.clock.now(),
            elsewhere=tuple(elsewhere),
        )
