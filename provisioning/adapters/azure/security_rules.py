"""The rules of the security group: what may reach the servers, and what may not."""

from collections.abc import Iterable, Mapping
from typing import Any

from provisioning.adapters.azure.config import OpenPorts


def security_rules(ports: OpenPorts, ssh_source: str) -> list[dict[str, Any]]:
    """Return the rules: servers are kept apart, and only the bot's and the members' ports open."""
    ssh = _allow("ssh", 100, ports.ssh, ssh_source)
    rules = [_between_servers(), ssh, _allow("https", 110, ports.https, "*")]
    if ports.http is not None:
        rules.append(_allow("http", 120, ports.http, "*"))
    return rules


def are_so(found: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the rules that Azure has mean the same as the wanted ones."""
    return {_essence(rule) for rule in found} == {_essence(rule) for rule in wanted}


def _essence(rule: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Return what a security rule opens and to whom, of those that this module writes."""
    properties = rule.get("properties") or {}
    keys = ("destinationPortRange", "sourceAddressPrefix", "access", "direction")
    return (rule.get("name"), *(properties.get(key) for key in keys))


def _between_servers() -> dict[str, Any]:
    """Return the rule that keeps servers apart; Azure's own rules let one network in everywhere."""
    return {
        "name": "between-servers",
        "properties": {
            "priority": 90,
            "direction": "Inbound",
            "access": "Deny",
            "protocol": "*",
            "sourceAddressPrefix": "VirtualNetwork",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "VirtualNetwork",
            "destinationPortRange": "*",
        },
    }


def _allow(name: str, priority: int, port: int, source: str) -> dict[str, Any]:
    return {
        "name": name,
        "properties": {
            "priority": priority,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": str(port),
        },
    }
