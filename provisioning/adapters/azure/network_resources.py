"""Microsoft.Network's resources, by the generic requests of Azure's resource client.

Azure's own network client takes 39 MB of memory, and the bot needs four of its 150 kinds
(docs/decisions/memory.md). The methods here are named as that client's.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.mgmt.core.exceptions import ARMErrorFormat

from provisioning.core.model.cloud import Quota

if TYPE_CHECKING:
    from azure.core.polling import AsyncLROPoller, AsyncPollingMethod
    from azure.mgmt.resource.resources.aio import ResourceManagementClient
    from azure.mgmt.resource.resources.aio.operations import ResourcesOperations
    from azure.mgmt.resource.resources.models import GenericResource

    _Polling: TypeAlias = bool | AsyncPollingMethod[Any]

API_VERSION = "2026-03-01"
"""Microsoft.Network's version of these kinds; a test compares it with the network client's."""


class NetworkKind:
    """The requests for one kind of resource, such as `networkInterfaces`.

    Raises the exceptions of azure-core, as all of Azure's clients do.
    """

    def __init__(self, resources: "ResourcesOperations", subscription: str, kind: str) -> None:
        self._resources = resources
        self._subscription = subscription
        self._kind = kind

    async def get(self, group: str, name: str) -> "GenericResource":
        """Return the resource; its `properties` are Azure's JSON."""
        return await self._resources.get_by_id(self._id(group, name), api_version=API_VERSION)

    async def begin_create_or_update(
        self,
        group: str,
        name: str,
        body: dict[str, Any],
        *,
        polling: "_Polling" = True,
    ) -> "AsyncLROPoller[GenericResource]":
        """Start to create the resource, or to replace it by `body`."""
        return await self._resources.begin_create_or_update_by_id(
            self._id(group, name), body, api_version=API_VERSION, polling=polling
        )

    async def begin_delete(
        self, group: str, name: str, *, polling: "_Polling" = True
    ) -> "AsyncLROPoller[None]":
        """Start to delete the resource."""
        return await self._resources.begin_delete_by_id(
            self._id(group, name), api_version=API_VERSION, polling=polling
        )

    async def update_tags(self, group: str, name: str, body: dict[str, Any]) -> None:
        """Replace all tags of the resource by those of `body`. Azure answers at once."""
        await self._resources.begin_update_by_id(
            self._id(group, name), body, api_version=API_VERSION, polling=False
        )

    def _id(self, group: str, name: str) -> str:
        """Return the resource's ARM id, quoted: the generic requests quote nothing."""
        return (
            f"/subscriptions/{quote(self._subscription, safe='')}"
            f"/resourceGroups/{quote(group, safe='')}"
            f"/providers/Microsoft.Network/{self._kind}/{quote(name, safe='')}"
        )


class NetworkResources:
    """The kinds of network resources that the bot makes."""

    def __init__(self, client: "ResourceManagementClient", subscription: str) -> None:
        self._client, self._subscription = client, subscription
        resources = client.resources
        self.network_security_groups = NetworkKind(resources, subscription, "networkSecurityGroups")
        self.virtual_networks = NetworkKind(resources, subscription, "virtualNetworks")
        self.network_interfaces = NetworkKind(resources, subscription, "networkInterfaces")
        self.public_ip_addresses = NetworkKind(resources, subscription, "publicIPAddresses")

    async def usages(self, region: str) -> Sequence[Quota]:
        """Return the quotas of network resources in a region, with their present usage."""
        place = f"providers/Microsoft.Network/locations/{quote(region, safe='')}/usages"
        request = HttpRequest(
            "GET",
            f"/subscriptions/{quote(self._subscription, safe='')}/{place}",
            params={"api-version": API_VERSION},
        )
        answer = await self._client.send_request(request)
        if answer.status_code != HTTPStatus.OK:
            raise HttpResponseError(response=answer, error_format=ARMErrorFormat)
        entries = answer.json().get("value", [])
        return [
            Quota(
                each.get("currentValue", 0),
                each.get("limit", 0),
                each["name"].get("localizedValue") or each["name"]["value"],
                each["name"]["value"].lower(),
            )
            for each in entries
        ]


def resource_properties(resource: "GenericResource") -> Mapping[str, Any]:
    """Return what Azure says about the resource, or nothing if Azure sent no properties."""
    return resource.properties or {}


def is_finished(resource: "GenericResource") -> bool:
    """Return whether Azure has finished making the resource."""
    return resource_properties(resource).get("provisioningState") == "Succeeded"
