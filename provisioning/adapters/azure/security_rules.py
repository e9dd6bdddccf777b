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


_OWN_NAMES = frozenset({"between-servers", "ssh", "https", "http"})
"""The names of all rules that this module ever writes; an admin or a policy makes the others."""

_Rule = Mapping[str, Any]


def are_so(found: Iterable[_Rule], wanted: Iterable[_Rule]) -> bool:
    """Return whether the bot's own rules are the wanted ones; Azure's names ignore the case."""
    own = {_essence(rule) for rule in found if _is_own(rule)}
    return own == {_essence(rule) for rule in wanted}


def beside(found: Iterable[_Rule], wanted: Iterable[_Rule]) -> list[_Rule]:
    """Return the wanted rules, and those that are not the bot's as they were found."""
    return [*wanted, *(rule for rule in found if not _is_own(rule))]


def _is_own(rule: _Rule) -> bool:
    return str(rule.get("name", "")).lower() in _OWN_NAMES


def _essence(rule: _Rule) -> tuple[str | None, ...]:
    """Return what a security rule opens and to whom, of those that this module writes."""
    properties = rule.get("properties") or {}
    keys = ("destinationPortRange", "sourceAddressPrefix", "access", "direction")
    return (str(rule.get("name", "")).lower(), *(properties.get(key) for key in keys))


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
