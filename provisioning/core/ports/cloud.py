"""The contracts of the cloud: one for each ability, and `Cloud`, which has them all.

`provisioning.adapters.azure` implements them, and `bot.wiring` connects the two. A step may run
twice, so each method may be called again with the same arguments: every `ensure_` method is
idempotent. Errors are `NotYet` (try again) and `PermanentError` (give up), both of
`provisioning.core.errors`. An adapter translates every other exception of its library.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

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
from provisioning.core.ports.presence import Presence
from provisioning.platforms.catalogue import Platform


class CloudAccount(Protocol):
    """The installation's sign-in to the cloud."""

    async def check(self) -> None:
        """Prove at start that the bot may work in the cloud.

        Checks credentials, subscription, registered providers, and that each region sells machines.
        Creates a missing resource group. Raises `UserError` for a setting that is wrong in itself,
        `PermanentError` with the remedy for what the cloud refuses.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Capacity(Protocol):
    """What the regions sell, and how much of it the subscription may still use."""

    async def sizes(self, region: str) -> Sequence[Size]:
        """Return the sizes that the region sells to this subscription.

        The answer is cached for at most an hour.
        """
        ...

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        """Return those of `sizes` whose cores fit into the free quotas now."""
        ...

    async def quotas(self, region: str) -> Sequence[Quota]:
        """Return the quotas of the subscription in the region, with their present usage."""
        ...

    async def address_quota(self, region: str) -> Quota | None:
        """Return the quota of public addresses; None if the cloud has none."""

    async def check_server(self, server: Server) -> None:
        """Refuse a server before anything is created.

        Raises `PermanentError` if the server's region does not sell the size, or if the cores do
        not fit into the remaining quota of the family or the region.
        """
        ...

    async def check_resize(self, server: Server, size: str) -> Size:
        """Refuse a change of the server's size before anything is done.

        Raises `PermanentError` if the region does not sell the size, the quotas have no room for
        the additional cores, or the present machine can't run on the size.
        """
        ...

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """Return the sizes that `check_resize` would accept now, without the present size."""
        ...


class Images(Protocol):
    """The marketplace of system images."""

    async def missing(self, images: Sequence[str], region: str) -> Sequence[str]:
        """Return those of the images (`publisher:offer:sku`) that the region does not offer.

        The answer is cached for at most an hour. An image that the bot may not ask about counts as
        offered.
        """
        ...


class Network(Protocol):
    """What connects a server's VM to the internet."""

    async def ensure_network(self, region: str) -> None:
        """Create the VNet, subnet and security group that all servers of a region share.

        Inbound, the security group opens SSH and https only.
        """
        ...

    async def ensure_address(self, server: Server) -> None:
        """Create the server's public IP with a DNS label.

        If another address has that label, the next label is tried.
        """
        ...

    async def ensure_nic(self, server: Server) -> None:
        """Create the network interface with the address and the security group attached.

        Needs the network of the server's region and the address.
        """
        ...

    async def endpoint(self, server: Server) -> Endpoint:
        """Return the server's addresses. Raises `NotYet` while NIC or address is missing."""
        ...


class Machines(Protocol):
    """The servers' VMs."""

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """Create the VM and return when the cloud has provisioned it, which takes minutes.

        After a crash, waits for the same creation. With the VM go its disk, NIC and address.
        """
        ...

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        """Create the VM as `ensure_vm` does, on a disk made of the snapshot `server.snapshot`.

        User, keys and files are those of the snapshot, which stays. If the server's disk exists
        already, the VM is created on it. Raises `PermanentError` if there is neither.
        """
        ...

    async def start(self, server_id: str) -> None:
        """Start a deallocated VM; returns when the VM runs.

        Does nothing if the VM runs already. Raises `PermanentError` if the VM does not exist or the
        region has no capacity for it now.
        """
        ...

    async def stop(self, server_id: str) -> None:
        """Deallocate the VM: only the disk and the address still cost money.

        Does nothing if the VM is deallocated. Raises `PermanentError` if the VM does not exist.
        """
        ...

    async def restart(self, server_id: str) -> None:
        """Restart the VM; returns when the VM runs."""
        ...

    async def resize(self, server_id: str, size: str) -> None:
        """Give a deallocated VM another size.

        Does nothing if the VM has that size. Raises `PermanentError` if the VM does not exist or
        the cloud refuses the size.
        """
        ...

    async def grow_disk(self, server_id: str, gb: int) -> None:
        """Give the disk of a deallocated VM more GiB.

        Does nothing if the disk has as many: a disk never shrinks. Raises `PermanentError` if the
        disk does not exist or the cloud refuses the size.
        """
        ...

    async def find(self, server_id: str) -> CloudMachine | None:
        """Return the server's VM as it is now.

        Returns None if the VM does not exist or carries another installation's tag.
        """
        ...

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """Return the power states of the servers' VMs, `ABSENT` where no VM exists.

        The cloud's lists lag behind: confirm with `find` before acting on an answer.
        """
        ...


class MachineCommands(Protocol):
    """What the cloud's agent runs on a VM. The cloud deletes its records with the VM."""

    async def ensure_extension(self, server: Server, extension: str) -> None:
        """Install one of the cloud's extensions (`publisher:type:version`) on the running VM.

        Called again after a crash, waits for the same installation.
        """
        ...

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        """Run a script on the running VM, once for each name, until it succeeds.

        Called again after a crash, waits for the same run. Raises `PermanentError` with the
        script's last lines if the script failed.
        """
        ...


class Snapshots(Protocol):
    """Snapshots of servers' disks, which outlive their servers."""

    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        """Take the snapshot `server.snapshot` of the server's disk, and wait until it is complete.

        Afterwards the disk may be deleted. Everything written before the machine stopped is in the
        snapshot. A tag holds `until`, the end of retention. Returns False if neither the snapshot
        nor the disk exists.
        """
        ...

    async def delete_copy(self, server_id: str, copy: str) -> None:
        """Delete that snapshot; if it does not exist, returns without error."""
        ...


class Inventory(Protocol):
    """Everything that this installation has in the cloud, found by tags."""

    async def resources(self) -> Sequence[CloudResource]:
        """Return all resources that carry this installation's tag and a server's id."""
        ...

    async def tag_server(self, server: Server) -> None:
        """Write the server's present owner and name into the tags of all its resources.

        The tags are `nb-owner` and `nb-name`. Does nothing where they are right.
        """
        ...

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Delete every resource of the server, except the snapshot `keep`.

        What costs most goes first. If the cloud refuses a part, the others are deleted all the
        same, and a `PermanentError` names what is left. A resource of a kind that the bot does not
        make is left alone, whatever its tags say.

        Follows the order that the cloud requires, and works in the middle of a creation too.
        Returns when nothing is left or nothing exists.
        """
        ...


class Cloud(Protocol):
    """Virtual machines and the resources that they need.

    Names derive from the server's id. Every resource carries the tags `nb-server`, `nb-owner`,
    `nb-name` and `nb-installation`.
    """

    @property
    def account(self) -> CloudAccount: ...
    @property
    def capacity(self) -> Capacity: ...
    @property
    def images(self) -> Images: ...
    @property
    def network(self) -> Network: ...
    @property
    def machines(self) -> Machines: ...
    @property
    def commands(self) -> MachineCommands: ...
    @property
    def snapshots(self) -> Snapshots: ...
    @property
    def inventory(self) -> Inventory: ...
    @property
    def presence(self) -> Presence: ...


class Prices(Protocol):
    """The prices of sizes and disks."""

    async def disk_per_month(self, gb: int, region: str) -> Decimal | None:
        """Return the price of a disk of so many GiB in US dollars per month, as `per_hour`."""
        ...

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        """Return the pay-as-you-go price in US dollars per hour.

        `os` is "linux" or "windows". Returns None if the price list does not have the size or does
        not answer in time.
        """
        ...
