"""The rights that the bot needs in Azure, what each is for, and which of them Azure grants.

docs/azure-role.json and docs/azure-role-subscription.json grant these and no others; a test
compares them. The actions are named as in Microsoft's list of resource provider operations.
"""

import fnmatch
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.rest import HttpRequest
from azure.mgmt.core.exceptions import ARMErrorFormat

from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import translated
from provisioning.core.language import N_
from provisioning.core.model.cloud import CloudRight, RightsGranted
from provisioning.core.retry import all_of

_API_VERSION = "2022-04-01"
"""Microsoft.Authorization's version of `permissions`."""

_POLL = "see when Azure has finished"
_VM, _DISK = "Microsoft.Compute/virtualMachines", "Microsoft.Compute/disks"
_SNAPSHOT, _NETWORK = "Microsoft.Compute/snapshots", "Microsoft.Network"
_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"

IN_GROUP: Mapping[str, str] = {
    f"{_GROUPS}/read": "see its resource group",
    f"{_GROUPS}/write": "create its resource group",
    f"{_GROUPS}/resources/read": "find what belongs to a server",
    f"{_VM}/write": "create and resize machines",
    f"{_VM}/delete": "delete machines",
    f"{_VM}/start/action": "start machines",
    f"{_VM}/deallocate/action": "stop machines",
    f"{_VM}/restart/action": "restart machines",
    f"{_VM}/runCommands/read": "see how a command on a machine ended",
    f"{_VM}/runCommands/write": "set up Windows machines",
    f"{_VM}/extensions/read": "see whether an extension is installed",
    f"{_VM}/extensions/write": "install SSH on Windows, and the drivers of GPUs",
    f"{_DISK}/read": "see disks",
    f"{_DISK}/write": "restore and enlarge disks",
    f"{_DISK}/delete": "delete disks",
    f"{_DISK}/beginGetAccess/action": "take snapshots of disks",
    f"{_SNAPSHOT}/read": "see snapshots",
    f"{_SNAPSHOT}/write": "keep snapshots of deleted servers",
    f"{_SNAPSHOT}/delete": "delete snapshots",
    f"{_SNAPSHOT}/beginGetAccess/action": "restore servers from snapshots",
    f"{_NETWORK}/publicIPAddresses/read": "see public addresses",
    f"{_NETWORK}/publicIPAddresses/write": "create public addresses",
    f"{_NETWORK}/publicIPAddresses/delete": "delete public addresses",
    f"{_NETWORK}/publicIPAddresses/join/action": "give a machine its address",
    f"{_NETWORK}/networkInterfaces/read": "see network interfaces",
    f"{_NETWORK}/networkInterfaces/write": "create network interfaces",
    f"{_NETWORK}/networkInterfaces/delete": "delete network interfaces",
    f"{_NETWORK}/networkInterfaces/join/action": "connect machines to the network",
    f"{_NETWORK}/networkSecurityGroups/read": "see the network's rules",
    f"{_NETWORK}/networkSecurityGroups/write": "set the network's rules",
    f"{_NETWORK}/networkSecurityGroups/join/action": "protect machines by the network's rules",
    f"{_NETWORK}/virtualNetworks/read": "see the network",
    f"{_NETWORK}/virtualNetworks/write": "create the network",
    f"{_NETWORK}/virtualNetworks/subnets/join/action": "connect machines to the network",
}
"""What the bot needs in its resource group alone: action -> what for, after "the bot can't"."""

IN_SUBSCRIPTION: Mapping[str, str] = {
    "Microsoft.Authorization/permissions/read": "compare its rights with these",
    "Microsoft.Resources/subscriptions/providers/read": "see what the subscription may use",
    "Microsoft.Compute/register/action": "register the subscription for machines",
    "Microsoft.Network/register/action": "register the subscription for networks",
    "Microsoft.Compute/skus/read": "see which sizes are on sale",
    "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read": (
        "see which images are offered"
    ),
    "Microsoft.Compute/locations/usages/read": "see how much quota is left",
    "Microsoft.Compute/locations/operations/read": _POLL,
    "Microsoft.Compute/locations/diskOperations/read": f"{_POLL} with a disk or a snapshot",
    f"{_VM}/read": "see machines",
    f"{_VM}/instanceView/read": "see which machines run",
    "Microsoft.Network/locations/operations/read": _POLL,
    "Microsoft.Network/locations/usages/read": "see how many addresses are left",
}
"""What the bot needs in the subscription, and so in its group: most of Azure's lists are there."""


async def granted_rights(clients: AzureClients) -> RightsGranted:
    """Compare what Azure grants the bot's identity with what the bot needs."""
    config = clients.config
    whole = f"subscriptions/{config.subscription_id}"
    group = f"resourceGroups/{config.resource_group}"
    above, inside = await all_of(_granted(clients, whole), _granted(clients, f"{whole}/{group}"))
    missing = (*_missing(IN_GROUP, inside, group), *_missing(IN_SUBSCRIPTION, above, whole))
    at_both = {pattern for allowed, _ in above for pattern in allowed}
    only_inside = {pattern for allowed, _ in inside for pattern in allowed} - at_both
    beyond = (
        *_beyond(only_inside, {*IN_GROUP, *IN_SUBSCRIPTION}, group),
        *_beyond(at_both, IN_SUBSCRIPTION, whole),
    )
    return RightsGranted(missing, beyond)


async def _granted(clients: AzureClients, scope: str) -> list[tuple[list[str], list[str]]]:
    """Return the pairs of allowed and excepted patterns that hold at the scope."""
    path = f"/{quote(scope)}/providers/Microsoft.Authorization/permissions"
    request = HttpRequest("GET", path, params={"api-version": _API_VERSION})
    with translated(N_("read its rights"), clients.facts):
        response = await clients.resources.send_request(request)
        if response.status_code != HTTPStatus.OK:
            raise HttpResponseError(response=response, error_format=ARMErrorFormat)
        return [_patterns(each) for each in _entries(response.json())]


def _entries(body: Any) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise DecodeError("a list of permissions without entries")
    return list(body["value"])


def _patterns(permission: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    return list(permission.get("actions") or ()), list(permission.get("notActions") or ())


def _missing(
    needed: Mapping[str, str], granted: Collection[tuple[list[str], list[str]]], scope: str
) -> list[CloudRight]:
    return [
        CloudRight(action, scope, purpose)
        for action, purpose in needed.items()
        if not any(
            _any_matches(action, allowed) and not _any_matches(action, excepted)
            for allowed, excepted in granted
        )
    ]


def _any_matches(action: str, patterns: Collection[str]) -> bool:
    """Return whether a pattern of a role covers the action; Azure ignores the case."""
    return any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in patterns)


def _beyond(granted: Collection[str], needed: Collection[str], scope: str) -> list[CloudRight]:
    known = {each.lower() for each in needed}
    return [CloudRight(each, scope) for each in sorted(granted) if each.lower() not in known]
