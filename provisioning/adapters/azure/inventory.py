"""Listing, tagging and deleting every resource of a server, in the order that Azure requires."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import from_sdk, is_absence, translated
from provisioning.adapters.azure.reading import or_none, whole_page
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import CloudResource
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Inventory
from provisioning.core.retry import patiently

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"
NIC = "Microsoft.Network/networkInterfaces"
ADDRESS = "Microsoft.Network/publicIPAddresses"

_ORDER = ((VM,), (DISK, NIC), (ADDRESS,), (SNAPSHOT,))
"""Resources that may be deleted at the same time, in order: what costs most goes first.

A VM holds its interface and disk, an interface its address; snapshots come last.
"""
_KINDS = {kind.lower(): kind for step in _ORDER for kind in step}
"""The kinds that the bot makes; lists may spell them in other letters."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Found:
    """One resource to delete."""

    type: str
    name: str


class AzureInventory(Inventory):
    """Lists resources by tags, and deletes them by tags and names."""

    def __init__(self, clients: AzureClients, installation: str) -> None:
        self._clients = clients
        self._group = clients.config.resource_group
        self._installation = installation

    @override
    async def resources(self) -> Sequence[CloudResource]:
        return [
            CloudResource(
                id=resource.id,
                type=resource.type,
                name=resource.name,
                server_id=resource.tags[names.TAG_SERVER],
                owner=resource.tags.get(names.TAG_OWNER, ""),
                is_copy=resource.type.lower() == SNAPSHOT.lower(),
                is_foreign=resource.type.lower() not in _KINDS,
            )
            for resource in await self._tagged()
            if resource.tags.get(names.TAG_INSTALLATION) == self._installation
        ]

    @override
    async def tag_server(self, server: Server) -> None:
        tags = names.tags(server, self._installation, self._clients.config)
        own = (names.TAG_SERVER, names.TAG_INSTALLATION)  # what they say never changes
        present = {name: text for name, text in tags.items() if name not in own}
        for resource in await self._tagged():
            tags = dict(resource.tags)
            if tags[names.TAG_SERVER] == server.id and tags | present != tags:
                await self._update(resource, tags | present)

    async def _update(self, resource: Any, tags: dict[str, str]) -> None:
        """Write all tags at once: a PATCH replaces the present ones.

        Leaves out a resource that has just gone, or of a type that the bot does not create.
        """
        compute, network, body = self._clients.compute, self._clients.network, {"tags": tags}
        kind = _KINDS.get(resource.type.lower())
        lasting: Any = {
            VM: compute.virtual_machines.begin_update,
            DISK: compute.disks.begin_update,
            SNAPSHOT: compute.snapshots.begin_update,
        }.get(kind or "")
        quick: Any = {
            NIC: network.network_interfaces.update_tags,
            ADDRESS: network.public_ip_addresses.update_tags,
        }.get(kind or "")
        try:
            if lasting:
                await self._clients.finish_raw(lasting, self._group, resource.name, body)
            elif quick:
                await quick(self._group, resource.name, body)
        except AzureError as error:
            if is_absence(error):
                return
            raise from_sdk(error, N_("tag the server's resources"), self._clients.facts) from error

    @override
    async def delete_server(self, server_id: str, keep: str = "") -> None:
        """Delete the server's resources; `NotYet` after `Patience.delete` seconds of conflicts."""
        config = self._clients.config
        kept = _Found(SNAPSHOT, names.copy(server_id, keep)) if keep else None
        await patiently(
            lambda: self._delete_what_is_left(server_id, kept),
            self._clients.patience.delete,
            config.poll_seconds,
        )

    async def _delete_what_is_left(self, server_id: str, kept: _Found | None) -> None:
        """Find and delete in rounds, and go on with the other parts when one is refused.

        Deleting a VM deletes most other resources, and a running creation may still add some.
        """
        left: dict[_Found, PermanentError | NotYet] = {}
        while found := await self._find(server_id) - {kept} - left.keys():
            step = next(step for step in _ORDER if any(each.type in step for each in found))
            parts = [each for each in found if each.type in step]
            errors = await asyncio.gather(
                *(self._delete(each) for each in parts), return_exceptions=True
            )
            for part, error in zip(parts, errors, strict=True):
                if isinstance(error, PermanentError) or (isinstance(error, NotYet) and left):
                    left[part] = error  # what is refused may hold the other parts
                elif error is not None:
                    raise error
        if left:
            raise _what_is_left(left)

    async def _find(self, server_id: str) -> set[_Found]:
        """Return the server's resources of the bot's kinds, found by tags and by names.

        Tags find what an admin may have added. Names find what Azure's delayed list misses, and a
        disk without tags. A resource of another kind with the server's tag is not the bot's.
        """
        compute, network = self._clients.compute, self._clients.network
        by_name = (
            (VM, names.vm(server_id), compute.virtual_machines),
            (DISK, names.disk(server_id), compute.disks),
            (NIC, names.nic(server_id), network.network_interfaces),
            (ADDRESS, names.address(server_id), network.public_ip_addresses),
        )
        with translated(N_("look for the server's resources"), self._clients.facts):
            tagged, *exist = await asyncio.gather(
                self._tagged(),
                *(or_none(operations.get(self._group, name)) for _, name, operations in by_name),
            )
        found = {
            _Found(kind, name)
            for (kind, name, _), resource in zip(by_name, exist, strict=True)
            if resource is not None
        }
        derived = {name for _, name, _ in by_name}
        for resource in tagged:
            if resource.tags[names.TAG_SERVER] != server_id or resource.name.lower() in derived:
                continue
            if kind := _KINDS.get(resource.type.lower()):
                found.add(_Found(kind, resource.name.lower()))
            else:
                _log.warning(
                    "%s (%s) carries the tag of server %s, and is left: the bot makes no such "
                    "resources",
                    *(resource.name, resource.type, server_id),
                )
        return found

    async def _tagged(self) -> list[Any]:
        """Return all resources of the group with a server's tag.

        Filtered here: a list that Azure filters by tag comes without the tags.
        """
        found = []
        with translated(N_("list the resources"), self._clients.facts):
            pages = self._clients.resources.resources.list_by_resource_group(
                self._group, raw_response_hook=whole_page
            )
            async for resource in pages:
                if names.TAG_SERVER in (resource.tags or {}):
                    found.append(resource)
        return found

    async def _delete(self, found: _Found) -> None:
        compute, network = self._clients.compute, self._clients.network
        operations: Any = {
            VM: compute.virtual_machines,
            DISK: compute.disks,
            SNAPSHOT: compute.snapshots,
            NIC: network.network_interfaces,
            ADDRESS: network.public_ip_addresses,
        }[found.type]
        try:
            await self._clients.finish_raw(operations.begin_delete, self._group, found.name)
        except AzureError as error:
            if is_absence(error):
                return
            raise from_sdk(error, N_("delete the server"), self._clients.facts) from error


def _what_is_left(left: Mapping[_Found, PermanentError | NotYet]) -> PermanentError:
    """Return the error of a deletion of which Azure refused a part."""
    first = next(error for error in left.values() if isinstance(error, PermanentError))
    reason = N_(
        "{reason} Left in Azure, where it may cost money: {names}.",
        reason=first.reason,
        names=", ".join(sorted(f"`{each.name}`" for each in left)),
    )
    return PermanentError(reason, first.code, first.remedy)
