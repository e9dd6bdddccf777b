"""VNets with their subnets, and security groups: the checks of each write."""

import ipaddress
from itertools import combinations
from typing import Any

from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.network import NIC, NSG, VNET, id_in
from bot.sandbox.azure.state import Resource


def prepare_vnet(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check the PUT of a VNet, and give its subnets ids.

    Two simultaneous writes to one VNet are refused. So is a write that leaves out a subnet in use.
    """
    if existing is not None:
        refuse_if_busy(azure, existing)
    properties = resource["properties"] = dict(body.get("properties") or {})
    prefixes = (properties.get("addressSpace") or {}).get("addressPrefixes") or []
    if not prefixes:
        raise ArmError("InvalidRequestContent", "The address space of the VNet is missing.")
    properties["subnets"] = [
        subnet_body(resource["id"], each["name"], each.get("properties") or {})
        for each in properties.get("subnets") or ()
    ]
    check_ranges(prefixes, properties["subnets"])
    kept = {each["id"].lower() for each in properties["subnets"]}
    for old in existing["properties"]["subnets"] if existing else ():
        if old["id"].lower() not in kept:
            refuse_if_used(azure, old["id"])
    return {}


def subnet_body(vnet_id: str, name: str, properties: dict[str, Any]) -> Resource:
    """Return a subnet as the VNet's body holds it."""
    return {
        "id": f"{vnet_id}/subnets/{name}",
        "name": name,
        "type": f"{VNET}/subnets",
        "properties": properties | {"provisioningState": "Succeeded"},
    }


def check_ranges(prefixes: list[str], subnets: list[Resource]) -> None:
    """Refuse subnets that overlap or lie outside the VNet's address space."""
    spaces = [_range(each) for each in prefixes]
    ranges = {each["name"]: _range(each["properties"].get("addressPrefix")) for each in subnets}
    for name, inside in ranges.items():
        if not any(inside.subnet_of(space) for space in spaces):
            raise ArmError(
                "NetcfgInvalidSubnet",
                f"Subnet '{name}' is not valid because its IP address range is outside the IP "
                "address range of virtual network.",
            )
    for one, other in combinations(ranges, 2):
        if ranges[one].overlaps(ranges[other]):
            raise ArmError(
                "NetcfgSubnetRangesOverlap", f"Subnet '{one}' overlaps with subnet '{other}'."
            )


def _range(text: str | None) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text or "")
    except ValueError:
        raise ArmError(
            "InvalidAddressPrefixFormat", f"Address prefix {text} is not formatted correctly."
        ) from None


def refuse_if_busy(azure: Azure, resource: Resource) -> None:
    """Refuse a write to a VNet that is being changed."""
    running = azure.operations.running(resource["id"])
    if running is not None:
        raise ArmError(
            "AnotherOperationInProgress",
            "Another operation on this or dependent resource is in progress. To retrieve status "
            f"of the operation use operation id: {running['id']}.",
        )


def refuse_if_used(azure: Azure, subnet_id: str) -> None:
    """Refuse to delete a subnet with interfaces."""
    for nic in azure.state.of_type(NIC):
        for ip in nic["properties"].get("ipConfigurations") or ():
            if id_in(ip["properties"], "subnet") == subnet_id.lower():
                name = subnet_id.rsplit("/", 1)[-1]
                raise ArmError(
                    "InUseSubnetCannotBeDeleted",
                    f"Subnet {name} is in use by {ip['id']} and cannot be deleted. In order to "
                    "delete the subnet, delete all the resources within the subnet. See "
                    "aka.ms/deletesubnet.",
                )


def check_vnet_delete(azure: Azure, resource: Resource) -> None:
    """Refuse to delete a VNet with an interface in any subnet."""
    for subnet in resource["properties"]["subnets"]:
        refuse_if_used(azure, subnet["id"])


def prepare_nsg(
    azure: Azure, resource: Resource, body: dict[str, Any], _existing: Resource | None
) -> dict[str, Any]:
    """Check a security group: two rules of one direction can't have the same priority."""
    properties = resource["properties"] = dict(body.get("properties") or {})
    seen = set()
    for rule in properties.setdefault("securityRules", []):
        rule["id"] = f"{resource['id']}/securityRules/{rule['name']}"
        rule["type"] = f"{NSG}/securityRules"
        rule["properties"]["provisioningState"] = "Succeeded"
        key = (rule["properties"].get("direction"), rule["properties"].get("priority"))
        if key in seen:
            raise ArmError(
                "InvalidParameter", f"Security rules may not share priority {key[1]} and direction."
            )
        seen.add(key)
    return {}


def check_nsg_delete(azure: Azure, resource: Resource) -> None:
    """Refuse to delete a group that an interface uses."""
    for nic in azure.state.of_type(NIC):
        if id_in(nic["properties"], "networkSecurityGroup") == resource["id"].lower():
            raise ArmError("NetworkSecurityGroupInUse", f"In use by {nic['id']}.")
