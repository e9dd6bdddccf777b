"""Whose a server is and how it is called, in the tags of everything that belongs to it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.delete import ADDRESS, DISK, NIC, SNAPSHOT, VM
from provisioning.adapters.azure.errors import from_sdk
from provisioning.core.language import N_
from provisioning.core.model.server import Server


class Tags:
    """`tagged` lists everything of the group that carries a server's tag."""

    def __init__(
        self, clients: AzureClients, tagged: Callable[[], Awaitable[Sequence[Any]]]
    ) -> None:
        self._clients = clients
        self._group = clients.config.resource_group
        self._tagged = tagged

    async def tag_server(self, server: Server) -> None:
        """See `Cloud.tag_server`."""
        present = {names.TAG_OWNER: server.owner, names.TAG_NAME: server.name}
        for resource in await self._tagged():
            tags = dict(resource.tags)
            if tags[names.TAG_SERVER] == server.id and tags | present != tags:
                await self._update(resource, tags | present)

    async def _update(self, resource: Any, tags: dict[str, str]) -> None:
        """All tags at once: a PATCH replaces what was there. A resource that has just gone,
        or of a kind that the bot does not make, is left out."""
        compute, network, body = self._clients.compute, self._clients.network, {"tags": tags}
        lasting: Any = {
            VM: compute.virtual_machines.begin_update,
            DISK: compute.disks.begin_update,
            SNAPSHOT: compute.snapshots.begin_update,
        }.get(resource.type)
        quick: Any = {
            NIC: network.network_interfaces.update_tags,
            ADDRESS: network.public_ip_addresses.update_tags,
        }.get(resource.type)
        try:
            if lasting:
                await self._clients.finish_raw(lasting, self._group, resource.name, body)
            elif quick:
                await quick(self._group, resource.name, body)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise from_sdk(error, N_("tag the server's parts"), self._clients.facts) from error
