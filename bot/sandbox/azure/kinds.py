"""The table of resource kinds: what a PUT and a DELETE of each kind do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.azure import compute, disks, network, vnets
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.state import Resource

Prepare = Callable[[Azure, Resource, dict[str, Any], Resource | None], dict[str, Any]]
"""The check of a PUT: (azure, the new resource, the request's body, the existing resource) -> the
hidden part. It sets the resource's properties, or raises `ArmError` to refuse."""

Finish = Callable[[Azure, Resource], Awaitable[None]]
Check = Callable[[Azure, Resource], None]


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    `type` is ARM's spelling. `updating` is the state while a PUT's operation runs; `created` is the
    status of a PUT that creates. The answer to a PUT of an `at_once` kind is already final.
    """

    type: str
    prepare: Prepare
    updating: str = "Updating"
    created: int = 201
    at_once: bool = False
    finish: Finish | None = None
    check_delete: Check | None = None
    finish_delete: Finish | None = None

    @property
    def provider(self) -> str:
        """The provider, `Microsoft.Compute` or `Microsoft.Network`."""
        return self.type.split("/", 1)[0]

    @property
    def word(self) -> str:
        """The name in operations and faults: `virtualMachines`, `virtualMachines/extensions`."""
        return self.type.split("/", 1)[1]


_ALL = (
    Kind(
        "Microsoft.Network/virtualNetworks",
        vnets.prepare_vnet,
        check_delete=vnets.check_vnet_delete,
    ),
    Kind(
        "Microsoft.Network/networkSecurityGroups",
        vnets.prepare_nsg,
        check_delete=vnets.check_nsg_delete,
    ),
    Kind(
        "Microsoft.Network/publicIPAddresses",
        network.prepare_address,
        check_delete=network.check_address_delete,
    ),
    Kind(
        "Microsoft.Network/networkInterfaces",
        network.prepare_nic,
        at_once=True,
        check_delete=network.check_nic_delete,
    ),
    Kind(
        "Microsoft.Compute/virtualMachines",
        compute.prepare_vm,
        updating="Creating",
        finish=compute.finish_vm,
        finish_delete=compute.finish_vm_delete,
    ),
    Kind(
        disks.DISK,
        disks.prepare_disk,
        created=202,
        finish=disks.finish_disk,
        check_delete=disks.check_disk_delete,
        finish_delete=disks.finish_disk_delete,
    ),
    Kind(
        disks.SNAPSHOT,
        disks.prepare_disk,
        created=202,
        finish=disks.finish_disk,
        finish_delete=disks.finish_disk_delete,
    ),
)

KINDS = {kind.type.lower(): kind for kind in _ALL}
