"""Microsoft.Network: the checks of its resources, and their addresses.

On most kinds of machine, the public IP's `ipAddress` and the NIC's `privateIPAddress` are the same
address. A guest listens on its private address, as on Azure. `dnsSettings.fqdn` is that address as
text, since no DNS server would resolve a name. The label is still checked for its form and for
being free.
"""

import re
import time
import uuid
from typing import Any

from bot.sandbox.azure import locks
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.regions import FIRST, require_same_region
from bot.sandbox.azure.state import Resource

PUBLIC_ADDRESS_LIMIT = 1000
RESERVED_SECONDS = 180.0

_LABEL = re.compile(r"[a-z][a-z0-9-]{1,61}[a-z0-9]")

VNET = "Microsoft.Network/virtualNetworks"
NSG = "Microsoft.Network/networkSecurityGroups"
ADDRESS = "Microsoft.Network/publicIPAddresses"
NIC = "Microsoft.Network/networkInterfaces"


def prepare_address(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check the PUT of a public IP: an address of the machines' range, and its DNS label."""
    wanted = body.get("properties") or {}
    if existing is None and addresses_of(azure, resource["location"]) >= PUBLIC_ADDRESS_LIMIT:
        raise ArmError("PublicIPCountLimitReached")
    address = (
        existing["properties"]["ipAddress"]
        if existing
        else azure.machines.allocate_address(addresses_in_use(azure))
    )
    properties = resource["properties"] = {
        "publicIPAllocationMethod": wanted.get("publicIPAllocationMethod", "Dynamic"),
        "publicIPAddressVersion": wanted.get("publicIPAddressVersion", "IPv4"),
        "idleTimeoutInMinutes": 4,
        "ipTags": [],
        "ipAddress": address,
        "resourceGuid": str(uuid.uuid4()),
    }
    if "deleteOption" in wanted:
        properties["deleteOption"] = wanted["deleteOption"]
    label = (wanted.get("dnsSettings") or {}).get("domainNameLabel")
    if label:
        check_label(azure, label, resource["location"], resource["id"])
        properties["dnsSettings"] = {"domainNameLabel": label, "fqdn": address}
    return {}


def addresses_of(azure: Azure, location: str) -> int:
    """Return how many addresses a region has given out."""
    return sum(each["location"] == location for each in azure.state.of_type(ADDRESS))


def addresses_in_use(azure: Azure) -> frozenset[str]:
    """Return all addresses that have been given out."""
    return frozenset(
        each["properties"]["ipAddress"]
        for each in azure.state.of_type(ADDRESS)
        if "ipAddress" in each["properties"]
    )


def check_label(azure: Azure, label: str, location: str = FIRST, own_id: str = "") -> None:
    """Raise if the DNS label is malformed or already used in that region."""
    if not _LABEL.fullmatch(label):
        raise ArmError(
            "InvalidDomainNameLabel",
            f"The domain name label {label} is invalid. It must conform to the following regular "
            "expression: ^[a-z][a-z0-9-]{1,61}[a-z0-9]$.",
            status=400,
        )
    for each in azure.state.of_type(ADDRESS):
        taken = (each["properties"].get("dnsSettings") or {}).get("domainNameLabel")
        if each["location"] != location or each["id"].lower() == own_id.lower():
            continue
        if taken == label:
            raise ArmError(
                "DnsRecordInUse",
                f"DNS record {label}.{location}.cloudapp.azure.com is already used by another "
                "public IP.",
            )


def check_address_delete(azure: Azure, resource: Resource) -> None:
    """Refuse to delete an address that an interface uses."""
    for nic in azure.state.of_type(NIC):
        if resource["id"].lower() in address_ids(nic):
            raise ArmError(
                "PublicIPAddressCannotBeDeleted",
                f"Public IP address {resource['id']} can not be deleted since it is still "
                f"allocated to resource {nic['id']}.",
            )


def prepare_nic(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check that the references of an interface exist, and set its private address."""
    properties = resource["properties"] = dict(body.get("properties") or {})
    if existing and "virtualMachine" in existing["properties"]:
        properties["virtualMachine"] = existing["properties"]["virtualMachine"]
    _require_reference(azure, resource, id_in(properties, "networkSecurityGroup"))
    for ip in properties.get("ipConfigurations") or []:
        ip["id"] = f"{resource['id']}/ipConfigurations/{ip['name']}"
        inside = ip["properties"]
        _require_subnet(azure, resource, id_in(inside, "subnet"))
        public_id = id_in(inside, "publicIPAddress")
        public = _require_reference(azure, resource, public_id)
        inside["provisioningState"] = "Succeeded"
        inside["privateIPAddress"] = azure.machines.private_address(
            public["properties"]["ipAddress"]
            if public
            else azure.machines.allocate_address(addresses_in_use(azure))
        )
        _refuse_second_holder(azure, resource, public_id)
    properties["macAddress"] = "00-0D-3A-00-00-01"
    properties["enableAcceleratedNetworking"] = False
    return {}


def _refuse_second_holder(azure: Azure, resource: Resource, public_id: str) -> None:
    for nic in azure.state.of_type(NIC):
        is_other = nic["id"].lower() != resource["id"].lower()
        if public_id and is_other and public_id in address_ids(nic):
            raise ArmError(
                "PublicIPAddressInUse", f"Resource {nic['id']} uses that address.", status=400
            )


def check_nic_delete(azure: Azure, resource: Resource) -> None:
    """Refuse to delete an interface of a VM, or one that a failed VM has reserved."""
    vm = id_in(resource["properties"], "virtualMachine")
    if vm:
        raise ArmError(
            "NicInUse",
            f"Network Interface {resource['id']} is used by existing resource {vm}. In order to "
            "delete the network interface, it must be dissociated from the resource.",
        )
    refuse_if_reserved(azure, resource)


def reserve(azure: Azure, nics: list[Resource], vm_id: str) -> None:
    """Reserve interfaces for a VM that Azure had no capacity for; a repeated PUT finds them."""
    until = time.time() + azure.durations.scaled(RESERVED_SECONDS)
    for nic in nics:
        azure.state.secrets_of(nic).update({"reserved_until": until, "reserved_for": vm_id})
    azure.state.touch()


def refuse_if_reserved(azure: Azure, nic: Resource, vm_id: str = "") -> None:
    """Refuse an interface that is reserved for a VM other than `vm_id`."""
    hidden = azure.state.secrets_of(nic)
    holder = hidden.get("reserved_for", "")
    if time.time() < hidden.get("reserved_until", 0) and holder.lower() != vm_id.lower():
        raise ArmError(
            "NicReservedForAnotherVm",
            "Nic(s) in request is reserved for another Virtual Machine for 180 seconds. Please "
            f"provide another nic(s) or retry after 180 seconds. Reserved VM: {holder}",
        )


def delete_with_vm(azure: Azure, resource: Resource) -> None:
    """Delete an interface with its VM, and the addresses that are marked with deleteOption.

    An interface that is deleted alone leaves its addresses, as on Azure. What is locked stays.
    """
    if locks.keeps(azure.state, resource["id"]):
        return
    for ip in resource["properties"].get("ipConfigurations") or []:
        public = ip["properties"].get("publicIPAddress") or {}
        marked = (public.get("properties") or {}).get("deleteOption") == "Delete"
        if marked and not locks.keeps(azure.state, public["id"]):
            azure.state.remove(public["id"])
    azure.state.remove(resource["id"])


def address_ids(nic: Resource) -> set[str]:
    """Return the lower-case ids of an interface's public addresses."""
    configurations = nic["properties"].get("ipConfigurations") or []
    return {id_in(each["properties"], "publicIPAddress") for each in configurations} - {""}


def id_in(properties: dict[str, Any], name: str) -> str:
    """Return the id of a reference in lower case; "" if there is no reference."""
    return str((properties.get(name) or {}).get("id", "")).lower()


def _require_reference(azure: Azure, resource: Resource, resource_id: str) -> Resource | None:
    if not resource_id:
        return None
    found = azure.state.find(resource_id)
    if found is None:
        raise ArmError(
            "InvalidResourceReference",
            f"Resource {resource_id} referenced by resource was not found. Please make sure that "
            "the referenced resource exists, and that both resources are in the same region.",
            status=400,
        )
    require_same_region(resource, found)
    return found


def _require_subnet(azure: Azure, resource: Resource, subnet_id: str) -> None:
    vnet = _require_reference(azure, resource, subnet_id.rsplit("/subnets/", 1)[0])
    subnets = vnet["properties"]["subnets"] if vnet else []
    if not any(subnet["id"].lower() == subnet_id for subnet in subnets):
        _require_reference(azure, resource, f"{subnet_id}/missing")
