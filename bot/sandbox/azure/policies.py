"""Policies that deny: assignments of some of Azure's built-in definitions, on a group or more.

Their ids, names and parameters are those of Azure's built-in policies.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.regions import plain
from bot.sandbox.azure.state import Resource, State

TYPE = "Microsoft.Authorization/policyAssignments"
DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions/"

Parameters = Mapping[str, Any]
Rule = Callable[[str, dict[str, Any], Parameters], bool]
"""Whether a definition denies: (the resource's type, the PUT's body, the parameters)."""


@dataclass(frozen=True)
class Definition:
    """A built-in policy definition, and the names of the parameters that it needs."""

    name: str
    denies: Rule
    parameters: tuple[str, ...] = ()


def _lower(words: Any) -> set[str]:
    return {str(word).lower() for word in words or ()}


def _location(_kind: str, body: dict[str, Any], given: Parameters) -> bool:
    allowed = {plain(each) for each in given["listOfAllowedLocations"]}
    return plain(str(body.get("location", ""))) not in allowed


def _size(kind: str, body: dict[str, Any], given: Parameters) -> bool:
    hardware = (body.get("properties") or {}).get("hardwareProfile") or {}
    if kind.lower() != "microsoft.compute/virtualmachines" or not hardware.get("vmSize"):
        return False
    return hardware["vmSize"].lower() not in _lower(given["listOfAllowedSKUs"])


def _public_interface(kind: str, body: dict[str, Any], _given: Parameters) -> bool:
    configurations = (body.get("properties") or {}).get("ipConfigurations") or ()
    return kind.lower() == "microsoft.network/networkinterfaces" and any(
        (each.get("properties") or {}).get("publicIPAddress") for each in configurations
    )


def _resource_type(kind: str, _body: dict[str, Any], given: Parameters) -> bool:
    return kind.lower() in _lower(given["listOfResourceTypesNotAllowed"])


def _tag(_kind: str, body: dict[str, Any], given: Parameters) -> bool:
    return given["tagName"].lower() not in _lower(body.get("tags"))


def _tag_and_value(_kind: str, body: dict[str, Any], given: Parameters) -> bool:
    tags = {name.lower(): value for name, value in (body.get("tags") or {}).items()}
    return bool(tags.get(given["tagName"].lower()) != given["tagValue"])


BUILT_IN: Mapping[str, Definition] = {
    "e56962a6-4747-49cd-b67b-bf8b01975c4c": Definition(
        "Allowed locations", _location, ("listOfAllowedLocations",)
    ),
    "cccc23c7-8427-4f53-ad12-b6a63eb452b3": Definition(
        "Allowed virtual machine size SKUs", _size, ("listOfAllowedSKUs",)
    ),
    "83a86a26-fd1f-447c-b59d-e51f44264114": Definition(
        "Network interfaces should not have public IPs", _public_interface
    ),
    "6c112d4e-5bc7-47ae-a041-ea2d9dccd749": Definition(
        "Not allowed resource types", _resource_type, ("listOfResourceTypesNotAllowed",)
    ),
    "871b6d14-10aa-478d-b590-94f262ecfa99": Definition(
        "Require a tag on resources", _tag, ("tagName",)
    ),
    "1e30110a-5ceb-460c-a204-c1c3969c6d62": Definition(
        "Require a tag and its value on resources", _tag_and_value, ("tagName", "tagValue")
    ),
}
"""Azure's id of each definition that local Azure enforces."""


def read(resource_id: str, scope: str, body: dict[str, Any]) -> Resource:
    """Return the assignment of a PUT's body."""
    properties = dict(body.get("properties") or {})
    definition_id = str(properties.get("policyDefinitionId", ""))
    definition = BUILT_IN.get(definition_id.lower().removeprefix(DEFINITIONS.lower()))
    if definition is None:
        raise ArmError(
            "PolicyDefinitionNotFound",
            f"The policy definition '{definition_id}' could not be found.",
            status=404,
        )
    given = properties.get("parameters") or {}
    missing = [name for name in definition.parameters if "value" not in (given.get(name) or {})]
    if missing:
        raise ArmError(
            "MissingPolicyParameter",
            f"The policy assignment is missing the parameter(s) '{','.join(missing)}' as defined "
            f"in the policy definition '{definition_id}'.",
            status=400,
        )
    name = resource_id.rsplit("/", 1)[-1]
    shown = {"displayName": definition.name, "enforcementMode": "Default", "scope": scope}
    return {
        "id": resource_id,
        "name": name,
        "type": TYPE,
        "properties": {**shown, "parameters": given, **properties},
        "scope": scope,
    }


def require_allowed(state: State, path: str, kind: str, body: dict[str, Any]) -> None:
    """Refuse a resource that an assignment on a scope above it denies, with Azure's words."""
    wanted = f"{path}/".lower()
    denied = [
        each
        for each in state.policies.values()
        if wanted.startswith(f"{each['scope']}/".lower()) and _denies(each, kind, body)
    ]
    if denied:
        raise _refusal(path.rsplit("/", 1)[-1], denied)


def _definition(assignment: Resource) -> tuple[str, Definition]:
    key = assignment["properties"]["policyDefinitionId"].rsplit("/", 1)[-1].lower()
    return DEFINITIONS + key, BUILT_IN[key]


def _denies(assignment: Resource, kind: str, body: dict[str, Any]) -> bool:
    properties = assignment["properties"]
    if properties["enforcementMode"] != "Default":
        return False
    given = {name: each["value"] for name, each in properties["parameters"].items()}
    return _definition(assignment)[1].denies(kind, body, given)


def _refusal(name: str, denied: list[Resource]) -> ArmError:
    identifiers, additional = [], []
    for each in denied:
        definition_id, definition = _definition(each)
        title = each["properties"]["displayName"]
        identifiers.append(
            {
                "policyAssignment": {"name": title, "id": each["id"]},
                "policyDefinition": {"name": definition.name, "id": definition_id},
            }
        )
        info = {
            "policyDefinitionDisplayName": definition.name,
            "policyDefinitionId": definition_id,
            "policyDefinitionName": definition_id.rsplit("/", 1)[-1],
            "policyDefinitionEffect": "deny",
            "policyAssignmentId": each["id"],
            "policyAssignmentName": each["name"],
            "policyAssignmentDisplayName": title,
            "policyAssignmentScope": each["scope"],
            "policyAssignmentParameters": each["properties"]["parameters"],
            "policyExemptionIds": [],
        }
        additional.append({"type": "PolicyViolation", "info": info})
    listed = json.dumps(identifiers, separators=(",", ":"))
    return ArmError(
        "RequestDisallowedByPolicy",
        f"Resource '{name}' was disallowed by policy. Policy identifiers: '{listed}'.",
        more={"target": name, "additionalInfo": additional},
    )
