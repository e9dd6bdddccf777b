"""The contracts of the cloud: one for each ability, and `Cloud`, which has them all.

`provisioning.adapters.azure` implements them; `bot.wiring` is where both meet. Each method may
be called again with the same arguments: steps run at least once, so every `ensure_` is silent
where the thing is already so. Errors: `NotYet` (try again) and `PermanentError` (give up), both
of `provisioning.core.errors`; an adapter lets no other exception of its library through on
purpose.
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
from provisioning.platforms.catalogue import Platform


class CloudAccount(Protocol):
    """The installation's sign-in to the cloud."""

    async def check(self) -> None:
        """Prove at start that the bot may work: credentials, subscription, resource group
        (made if missing), registered providers, and that each region sells machines. Raises
        `UserError` that names the setting that is wrong and how to fix it."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Capacity(Protocol):
    """What the regions sell, and what the subscription may still use of it."""

    async def sizes(self, region: str) -> Sequence[Size]:
        """The sizes that the region sells to this subscription, from a cache of at most an hour."""
        ...

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        """Of `sizes`, those whose cores fit into what is left of the quotas now."""
        ...

    async def quotas(self, region: str) -> Sequence[Quota]:
        """What the subscription may use in the region, as it is now."""
        ...

    async def check_server(self, server: Server) -> None:
        """Refuse before anything is made. Raises `PermanentError` if its region does not sell
        the size, or its cores do not fit into the family's or the region's remaining quota."""
        ...

    async def check_resize(self, server: Server, size: str) -> Size:
        """Refuse a change of the server's size before anything is done. Raises `PermanentError`
        if that size is not sold here, the quotas have no room for what it needs more, or the
        machine as it is can't run on it."""
        ...

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """Those that `check_resize` would let pass now, without the present one."""
        ...


class Images(Protocol):
    """The marketplace of system images."""

    async def missing(self, images: Sequence[str], region: str) -> Sequence[str]:
        """Those of the images (`publisher:offer:sku`) that the region does not offer, from a
        cache of at most an hour. One that the bot may not ask for counts as offered."""
        ...


class Network(Protocol):
    """What connects a server's VM to the outside."""

    async def ensure_network(self, region: str) -> None:
        """The deployment's VNet, subnet and security group (inbound SSH and https only) in that
        region, one for all servers there."""
        ...

    async def ensure_address(self, server: Server) -> None:
        """The server's public IP with its DNS label (another label if it is in use)."""
        ...

    async def ensure_nic(self, server: Server) -> None:
        """The network interface, with the address and the security group attached as it is made.
        Needs the network of its region and the address."""
        ...

    async def endpoint(self, server: Server) -> Endpoint:
        """Where the server is. Raises `NotYet` while its NIC or address does not exist."""
        ...


class Machines(Protocol):
    """The servers' VMs."""

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """The VM, running. Returns when the cloud says it was provisioned, which is
        minutes; call it again after a crash to go on waiting for the same creation.
        One delete of the VM removes its disk, NIC and address too."""
        ...

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        """As `ensure_vm`, with a disk made of the copy `server.snapshot`: user, keys and files
        are those on it. Raises `PermanentError` if the copy is gone. The copy stays."""
        ...

    async def start(self, server_id: str) -> None:
        """Start a deallocated VM; returns when it runs. Silent if it does. Raises
        `PermanentError` if the VM does not exist or the region has no place for it now."""
        ...

    async def stop(self, server_id: str) -> None:
        """Deallocate the VM: nothing runs and only the disk and the address cost. Silent if
        it is so. Raises `PermanentError` if the VM does not exist."""
        ...

    async def restart(self, server_id: str) -> None:
        """Boot the VM again; returns when it runs."""
        ...

    async def resize(self, server_id: str, size: str) -> None:
        """Give a deallocated VM another size. Silent if it has it. Raises `PermanentError` if the
        VM does not exist or the cloud refuses."""
        ...

    async def find(self, server_id: str) -> CloudMachine | None:
        """The server's VM as it is now; None if it does not exist or carries another
        installation's tag."""
        ...

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """What the VMs of these servers do, `ABSENT` where there is none. Lists lag behind:
        ask `find` before anything is done about it."""
        ...


class MachineCommands(Protocol):
    """What the cloud's agent runs on a VM. What the cloud keeps of it goes with the VM."""

    async def ensure_extension(self, server: Server, extension: str) -> None:
        """An extension (`publisher:type:version`) of the cloud's on the running VM. Call it again
        after a crash to go on waiting."""
        ...

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        """The script was run on the running VM, once for each name, with success; call it again
        after a crash to go on waiting for the same run. Raises `PermanentError` with the script's
        last lines if it failed."""
        ...


class Snapshots(Protocol):
    """Copies of servers' disks, which outlive their servers."""

    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        """The copy `server.snapshot` of its disk, complete, so that the disk may go; tagged with
        its end. What was written before the machine was stopped is in it for sure. False if
        there is neither that copy nor a disk."""
        ...

    async def delete_copy(self, server_id: str, copy: str) -> None:
        """Remove that copy; if it does not exist, returns without error."""
        ...


class Inventory(Protocol):
    """Everything that this installation has in the cloud, by its tags."""

    async def resources(self) -> Sequence[CloudResource]:
        """All resources with this installation's tag and a server's id."""
        ...

    async def tag_server(self, server: Server) -> None:
        """Everything of the server carries its present owner in `nb-owner` and its present name
        in `nb-name`. Silent if so."""
        ...

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Remove everything that carries the server's tag, in the order that the cloud asks
        for, also in the middle of its creation; all but the copy of the word `keep`. Returns
        when nothing is left; if nothing exists, returns without error."""
        ...


class Cloud(Protocol):
    """Virtual machines and what they need around them. Names derive from the server's id;
    every resource carries the tags `nb-server`, `nb-owner`, `nb-name` and `nb-installation`."""

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


class Prices(Protocol):
    """What a size costs."""

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        """US dollars an hour, pay as you go, in that region; `os` is "linux" or
        "windows". None if the list does not know it or does not answer in time."""
        ...
