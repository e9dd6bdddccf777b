"""`Cloud` over Azure: the port's methods, each handed to the module that knows how."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from provisioning.adapters.azure import check as azure_check
from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import Capacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.commands import Commands
from provisioning.adapters.azure.config import (
    USUAL_PATIENCE,
    USUAL_PORTS,
    AzureConfig,
    OpenPorts,
    Patience,
)
from provisioning.adapters.azure.copies import Copies
from provisioning.adapters.azure.delete import Removal
from provisioning.adapters.azure.images import Images
from provisioning.adapters.azure.machines import Machines
from provisioning.adapters.azure.network import Network
from provisioning.adapters.azure.tags import Tags
from provisioning.core.model.cloud import (
    Boot,
    CloudMachine,
    CloudResource,
    Endpoint,
    MachineCommand,
    PowerState,
    Quota,
    Size,
)
from provisioning.core.model.server import Server
from provisioning.platforms.catalogue import Platform

__all__ = ["AzureCloud", "PowerState"]


class AzureCloud:
    """See `provisioning.core.ports.cloud.Cloud` for what each method promises.

    `installation` is the tag that tells this bot's resources from another bot's.
    """

    def __init__(
        self,
        config: AzureConfig,
        installation: str,
        ports: OpenPorts = USUAL_PORTS,
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self._installation = installation
        self._clients = AzureClients(config, patience)
        self._capacity = Capacity(self._clients)
        self._images = Images(self._clients)
        self._network = Network(self._clients, installation, ports)
        self._machines = Machines(self._clients, self._capacity, installation)
        self._copies = Copies(self._clients, installation)
        self._commands = Commands(self._clients)
        self._removal = Removal(self._clients, installation)
        self._tags = Tags(self._clients, self._removal.tagged)

    async def check(self) -> None:
        """Credentials, subscription, resource group, providers and regions."""
        await azure_check.check(self._clients, self._capacity, self._installation)

    async def sizes(self, region: str) -> Sequence[Size]:
        """What the region sells, from a cache of an hour."""
        return await self._capacity.sizes(region)

    async def missing_images(self, images: Sequence[str], region: str) -> Sequence[str]:
        """Those without a version in the region's marketplace."""
        return await self._images.missing(images, region)

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        """Sold, and within the quotas as they are now."""
        return await self._capacity.fitting(region)

    async def quotas(self, region: str) -> Sequence[Quota]:
        """The region's cores, in all and by family."""
        return list((await self._capacity.quotas(region)).values())

    async def check_capacity(self, server: Server) -> None:
        """Size on sale, and cores left in the family's and the region's quota."""
        await self._capacity.check(server)

    async def ensure_network(self, region: str) -> None:
        """VNet `nb-vnet` with subnet `servers`, security group `nb-nsg`; with `-<region>` after
        the name where a region is not the first one."""
        await self._network.ensure_network(region)

    async def ensure_address(self, server: Server) -> None:
        """Standard static address `nb-<id>-ip` with a DNS label."""
        await self._network.ensure_address(server)

    async def ensure_nic(self, server: Server) -> None:
        """Interface `nb-<id>-nic` with address and security group."""
        await self._network.ensure_nic(server)

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """Machine `nb-<id>-vm` with disk `nb-<id>-disk`."""
        await self._machines.ensure_vm(server, platform, boot)

    async def ensure_extension(self, server: Server, extension: str) -> None:
        """A child of the machine, without tags of its own."""
        await self._commands.ensure_extension(server, extension)

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        """A managed run command, a child of the machine too."""
        await self._commands.ensure_command(server, command)

    async def endpoint(self, server: Server) -> Endpoint:
        """Addresses and DNS name."""
        return await self._network.endpoint(server)

    async def power_state(self, server_id: str) -> PowerState:
        """What the machine does; `ABSENT` if it does not exist."""
        return await self._machines.power_state(server_id)

    async def stop_server(self, server_id: str) -> None:
        """Stop the machine and its costs; disk and address stay."""
        await self._machines.deallocate(server_id)

    async def start_server(self, server_id: str) -> None:
        """Start a deallocated machine."""
        await self._machines.start(server_id)

    async def restart_server(self, server_id: str) -> None:
        """Boot the machine again."""
        await self._machines.restart(server_id)

    async def check_resize(self, server: Server, size: str) -> Size:
        """On sale, within the quotas, and of the same build as the machine."""
        return await self._capacity.check_resize(server, size)

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """What would pass."""
        return await self._capacity.resizable_to(server)

    async def resize_server(self, server_id: str, size: str) -> None:
        """A PATCH of the machine's `vmSize`."""
        await self._machines.resize(server_id, size)

    async def tag_server(self, server: Server) -> None:
        """Owner's and name's tags on what carries others."""
        await self._tags.tag_server(server)

    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        """Snapshot `nb-<id>-copy-<word>` of the disk, incremental, on standard storage."""
        return await self._copies.ensure_copy(server, until)

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        """Disk `nb-<id>-disk` of the snapshot, and the machine on it."""
        disk = await self._copies.ensure_disk(server)
        await self._machines.ensure_vm_on(server, platform, disk)

    async def delete_copy(self, server_id: str, copy: str) -> None:
        """That snapshot."""
        await self._copies.delete_copy(server_id, copy)

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Everything of the server but the copy that is kept."""
        await self._removal.delete_server(server_id, keep)

    async def list_resources(self) -> Sequence[CloudResource]:
        """Everything of this installation's servers."""
        return await self._removal.list_resources()

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """What the machines of these servers do, in one list."""
        found = await self._machines.power_states()
        return {each: found.get(names.vm(each), PowerState.ABSENT) for each in server_ids}

    async def machine(self, server_id: str) -> CloudMachine | None:
        """The server's machine as it is."""
        return await self._machines.describe(server_id)

    async def close(self) -> None:
        """Close connections."""
        await self._clients.close()
