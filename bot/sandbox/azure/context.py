"""The state and services that every handler of local Azure works with."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.azure.durations import Durations
from bot.sandbox.azure.errors import ArmError, not_found
from bot.sandbox.azure.fault_kinds import ArmFault, ArmFaults
from bot.sandbox.azure.operations import Operations, Record
from bot.sandbox.azure.state import Resource, State
from bot.sandbox.machines.port import Machines

CALLER = web.RequestKey("caller", str)
"""The key under which a request carries the client id of its token."""


@dataclass
class Azure:
    """One subscription."""

    subscription: str
    state: State
    durations: Durations
    operations: Operations
    faults: ArmFaults
    machines: Machines

    def require(self, resource_id: str) -> Resource:
        """Return the resource, or raise ARM's 404."""
        found = self.state.find(resource_id)
        if found is None:
            raise not_found(resource_id, group_of(resource_id))
        return found

    def require_group(self, name: str) -> Resource:
        """Return the resource group, or raise ARM's 404."""
        group = self.state.groups.get(name.lower())
        if group is None:
            raise ArmError("ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
        return group

    def require_provider(self, namespace: str) -> None:
        """Refuse a PUT for a provider that is not registered; the SDKs don't register by
        themselves."""
        if self.state.providers.get(namespace.lower()) != "Registered":
            raise ArmError(
                "MissingSubscriptionRegistration",
                f"The subscription is not registered to use namespace '{namespace}'. See "
                "https://aka.ms/rps-not-found for how to register subscriptions.",
            )

    def require_writable(self, method: str) -> None:
        """Refuse to make, change or run anything in a subscription that is warned or disabled.

        Reads and deletes go on, as Microsoft documents for these two states.
        """
        is_read_only = self.state.subscription in ("Warned", "Disabled")
        if is_read_only and method in ("PUT", "PATCH", "POST"):
            raise ArmError(
                "ReadOnlyDisabledSubscription",
                f"The subscription '{self.subscription}' is disabled and therefore marked as read "
                "only. You cannot perform any write actions on this subscription until it is "
                "re-enabled.",
            )

    def operation_headers(
        self, request: web.Request, record: Record, *, location: bool
    ) -> dict[str, str]:
        """Return the headers that say where to poll; POST and DELETE need `location` too.

        As recorded: disks and snapshots have a path of their own for their operations, and only
        Network has one for results.
        """
        base = f"{request.url.origin()}/subscriptions/{self.subscription}/providers"
        version = f"api-version={request.query.get('api-version', '2024-01-01')}"
        where = f"{base}/{record['provider']}/locations/westeurope"
        of_disk = record["operation"].startswith(("disks.", "snapshots."))
        poll = f"{where}/{'DiskOperations' if of_disk else 'operations'}/{record['id']}"
        headers = {
            "Azure-AsyncOperation": f"{poll}?{version}",
            # Whole seconds: the SDKs read this header as an integer, and poll at once anyway.
            "Retry-After": "1",
        }
        if location:
            result = f"{where}/operationResults/{record['id']}?{version}"
            of_network = record["provider"] == "Microsoft.Network"
            headers["Location"] = result if of_network else f"{poll}?monitor=true&{version}"
        return headers

    def begin(
        self,
        operation: str,
        resource_id: str,
        provider: str,
        fault: ArmFault | None,
        arguments: dict[str, Any] | None = None,
        *,
        at_once: bool = False,
    ) -> Record:
        """Begin an operation; the fault may slow it down or make it fail."""
        factor = fault.factor if fault else 1.0
        return self.operations.begin(
            operation,
            resource_id,
            arguments,
            provider=provider,
            factor=0.0 if at_once else factor,
            failure=fault.failure if fault else None,
        )


def group_of(resource_id: str) -> str:
    """Return the name of the resource group in an id."""
    words = resource_id.split("/")
    return words[4] if len(words) > 4 else ""
