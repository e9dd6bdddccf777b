"""SSH access to a server's machine: its address and the host keys that the bot accepts."""

from dataclasses import dataclass

from provisioning.access.installation_keys import LOST, PLANTED, ROTATED, InstallationKeys
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Cloud
from provisioning.platforms.catalogue import get_platform


@dataclass(frozen=True)
class Reach:
    """Access to machines, from the installation's keys and the machines' ports."""

    keys: InstallationKeys
    layout: MachineLayout

    def access(self, server: Server, address: str = "") -> HostAccess:
        """Return the access to the server's machine, at `address` or at the row's address.

        The planted host key is accepted only until the row says that it was replaced.

        Raises:
            PermanentError: if the machine was made with keys that the bot no longer has.
        """
        if server.host_key_generation == LOST:
            raise PermanentError(
                N_(
                    "The bot's keys were replaced since `{name}` was made, so I can no longer "
                    "reach its machine. Your own password still works on it. Save your notebooks, "
                    "and create a new server with `create`.",
                    name=server.name,
                ),
                "KeysLost",
            )
        platform, former = get_platform(server.platform), ""
        if server.host_key_generation == PLANTED:
            former = self.keys.host_key(server.id, PLANTED).public_openssh
        return HostAccess(
            address or server.address,
            self.layout.ssh_port,
            platform.admin_user,
            self.keys.host_key(server.id, ROTATED).public_openssh,
            former,
            platform.os,
        )


@dataclass(frozen=True)
class MachineAccess:
    """How a machine is reached at the address that the cloud gives it now."""

    cloud: Cloud
    reach: Reach

    async def of(self, server: Server) -> HostAccess:
        """Return how to reach the server's machine. Raises `NotYet` while it has no address."""
        endpoint = await self.cloud.network.endpoint(server)
        return self.reach.access(server, endpoint.public_address)
