"""What Azure shows of one server and of the place that the settings name."""

from collections.abc import Sequence
from http import HTTPStatus

from azure.core.exceptions import HttpResponseError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.account import PROVIDERS
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import failure_of, translated
from provisioning.adapters.azure.network_resources import resource_properties
from provisioning.adapters.azure.reading import or_none
from provisioning.adapters.azure.rights import granted_rights
from provisioning.core.language import N_
from provisioning.core.model.cloud import RightsGranted, ShownParts
from provisioning.core.ports.presence import Presence
from provisioning.core.retry import all_of

_NO_PLACE = frozenset(
    {"ResourceGroupNotFound", "SubscriptionNotFound", "InvalidSubscriptionId", "ResourceNotFound"}
)


class AzurePresence(Presence):
    """Reads single resources by name, never lists: a list lags behind."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._group = clients.config.resource_group

    @override
    async def shows_place(self) -> bool:
        with translated(N_("read the resource group"), self._clients.facts):
            try:
                await self._clients.resources.resource_groups.get(self._group)
            except HttpResponseError as error:
                if failure_of(error).code in _NO_PLACE:
                    return False
                raise
        return True

    @override
    async def unprepared(self) -> Sequence[str]:
        await self._clients.load()
        with translated(N_("sign in"), self._clients.facts):
            await self._clients.credential.get_token(self._clients.scope)
        lacking = [] if await self.shows_place() else [f"the resource group {self._group}"]
        for namespace in PROVIDERS:
            if not await self._is_registered(namespace):
                lacking.append(f"the registration of {namespace}")
        return lacking

    async def _is_registered(self, namespace: str) -> bool:
        with translated(N_("register {namespace}", namespace=namespace), self._clients.facts):
            try:
                provider = await self._clients.resources.providers.get(namespace)
            except HttpResponseError as error:
                if error.status_code == HTTPStatus.FORBIDDEN:
                    return True  # a role on the group alone can't see it
                raise
        return provider.registration_state == "Registered"

    @override
    async def rights(self) -> RightsGranted:
        return await granted_rights(self._clients)

    @override
    async def parts(self, server_id: str) -> ShownParts:
        compute, network = self._clients.compute, self._clients.network
        with translated(N_("look for the server's resources"), self._clients.facts):
            machine, (disk, nic) = await all_of(
                or_none(compute.virtual_machines.get(self._group, names.vm(server_id))),
                all_of(
                    or_none(compute.disks.get(self._group, names.disk(server_id))),
                    or_none(network.network_interfaces.get(self._group, names.nic(server_id))),
                ),
            )
        return ShownParts(
            machine=machine is not None,
            disk=disk is not None,
            attached=bool(
                (disk is not None and disk.managed_by)
                or (nic is not None and resource_properties(nic).get("virtualMachine"))
            ),
        )
