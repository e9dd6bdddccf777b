"""The contracts between the core and the world: cloud, machine, chat, store, prices.

An adapter implements one of these and is met only in `bot.wiring.bot`. Each method may be
called again with the same arguments: steps run at least once, so every `ensure_` is
silent where the thing is already so. Errors: `NotYet` (try again), `PermanentError`
(give up), both of `provisioning.core.errors`; an adapter lets no other exception of its
library through on purpose.
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


class Cloud(Protocol):
    """Virtual machines and what they need around them. Names derive from the server's id;
    every resource carries the tags `nb-server`, `nb-owner`, `nb-name` and `nb-installation`."""

    async def check(self) -> None:
        """Prove at start that the bot may work: credentials, subscription, resource group
        (made if missing), registered providers, and that each region sells machines. Raises
        `UserError` that names the setting that is wrong and how to fix it."""
        ...

    async def sizes(self, region: str) -> Sequence[Size]:
        """The sizes that the region sells to this subscription, from a cache of at most an hour."""
        ...

    async def missing_images(self, images: Sequence[str], region: str) -> Sequence[str]:
        """Those of the images (`publisher:offer:sku`) that the region does not offer, from a
        cache of at most an hour. One that the bot may not ask for counts as offered."""
        ...

    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        """Of `sizes`, those whose cores fit into what is left of the quotas now."""
        ...

    async def quotas(self, region: str) -> Sequence[Quota]:
        """What the subscription may use in the region, as it is now."""
        ...

    async def check_capacity(self, server: Server) -> None:
        """Refuse before anything is made. Raises `PermanentError` if its region does not sell
        the size, or its cores do not fit into the family's or the region's remaining quota."""
        ...

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

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """The VM, running. Returns when the cloud says it was provisioned, which is
        minutes; call it again after a crash to go on waiting for the same creation.
        One delete of the VM removes its disk, NIC and address too."""
        ...

    async def ensure_extension(self, server: Server, extension: str) -> None:
        """An extension (`publisher:type:version`) of the cloud's on the running VM. Call it again
        after a crash to go on waiting. It goes with the VM."""
        ...

    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        """The script was run on the running VM, once for each name, with success; call it again
        after a crash to go on waiting for the same run. Raises `PermanentError` with the script's
        last lines if it failed. What the cloud keeps of it goes with the VM."""
        ...

    async def endpoint(self, server: Server) -> Endpoint:
        """Where the server is. Raises `NotYet` while its NIC or address does not exist."""
        ...

    async def stop_server(self, server_id: str) -> None:
        """Deallocate the VM: nothing runs and only the disk and the address cost. Silent if
        it is so. Raises `PermanentError` if the VM does not exist."""
        ...

    async def start_server(self, server_id: str) -> None:
        """Start a deallocated VM; returns when it runs. Silent if it does. Raises
        `PermanentError` if the VM does not exist or the region has no place for it now."""
        ...

    async def restart_server(self, server_id: str) -> None:
        """Boot the VM again; returns when it runs."""
        ...

    async def check_resize(self, server: Server, size: str) -> Size:
        """Refuse a change of the server's size before anything is done. Raises `PermanentError`
        if that size is not sold here, the quotas have no room for what it needs more, or the
        machine as it is can't run on it."""
        ...

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """Those that `check_resize` would let pass now, without the present one."""
        ...

    async def resize_server(self, server_id: str, size: str) -> None:
        """Give a deallocated VM another size. Silent if it has it. Raises `PermanentError` if the
        VM does not exist or the cloud refuses."""
        ...

    async def tag_server(self, server: Server) -> None:
        """Everything of the server carries its present owner in `nb-owner` and its present name
        in `nb-name`. Silent if so."""
        ...

    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        """The copy `server.snapshot` of its disk, complete, so that the disk may go; tagged with
        its end. What was written before the machine was stopped is in it for sure. False if
        there is neither that copy nor a disk."""
        ...

    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        """As `ensure_vm`, with a disk made of the copy `server.snapshot`: user, keys and files
        are those on it. Raises `PermanentError` if the copy is gone. The copy stays."""
        ...

    async def delete_copy(self, server_id: str, copy: str) -> None:
        """Remove that copy; if it does not exist, returns without error."""
        ...

    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Remove everything that carries the server's tag, in the order that the cloud asks
        for, also in the middle of its creation; all but the copy of the word `keep`. Returns
        when nothing is left; if nothing exists, returns without error."""
        ...

    async def list_resources(self) -> Sequence[CloudResource]:
        """All resources with this installation's tag and a server's id."""
        ...

    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """What the VMs of these servers do, `ABSENT` where there is none. Lists lag behind:
        ask `machine` before anything is done about it."""
        ...

    async def machine(self, server_id: str) -> CloudMachine | None:
        """The server's VM as it is now; None if it does not exist or carries another
        installation's tag."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Prices(Protocol):
    """What a size costs."""

    async def per_hour(self, size: str, os: str, region: str) -> Decimal | None:
        """US dollars an hour, pay as you go, in that region; `os` is "linux" or
        "windows". None if the list does not know it or does not answer in time."""
        ...
