"""Roles of Microsoft.Authorization: definitions, assignments, and what they grant.

A new subscription has the assignments that README.md tells: its owner has Owner, and the bot's
identity has the two roles of docs, one at the resource group and one at the subscription. An
action that no assignment grants is refused with Azure's words.
"""

import fnmatch
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import Resource, State

DEFINITION = "Microsoft.Authorization/roleDefinitions"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"

SPREAD_SECONDS = 60.0
"""Seconds until a new assignment grants anything; Azure documents up to ten minutes
(https://learn.microsoft.com/azure/role-based-access-control/troubleshooting)."""

_BUILT_IN: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", ("*",), ()),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": (
        "Contributor",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ),
    ),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", ("*/read",), ()),
}
"""Azure's own id of each built-in role -> (name, actions, not actions)."""
OWNER_ROLE = next(iter(_BUILT_IN))

_IN_GROUP, _IN_SUBSCRIPTION = "azure-role.json", "azure-role-subscription.json"


def seed(state: State, subscription: str, group: str, bot: str, owner: str) -> None:
    """Make the definitions and assignments of a new subscription."""
    if state.role_definitions:
        return
    whole = f"/subscriptions/{subscription}"
    for key, (name, actions, not_actions) in _BUILT_IN.items():
        permission = _permission({"actions": [*actions], "notActions": [*not_actions]})
        _define(state, whole, key, name, "BuiltInRole", [permission], ["/"])
    _assign(state, whole, OWNER_ROLE, owner)
    for file, scope in ((_IN_GROUP, f"{whole}/resourceGroups/{group}"), (_IN_SUBSCRIPTION, whole)):
        role = json.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, role["Name"]))
        granted = {"actions": role["Actions"], "notActions": role["NotActions"]}
        _define(state, whole, key, role["Name"], "CustomRole", [_permission(granted)], [scope])
        _assign(state, scope, key, bot)


def _define(
    state: State,
    whole: str,
    key: str,
    name: str,
    kind: str,
    permissions: list[dict[str, Any]],
    scopes: list[str],
) -> None:
    state.role_definitions[key] = {
        "id": f"{whole}/providers/{DEFINITION}/{key}",
        "name": key,
        "type": DEFINITION,
        "properties": {
            "roleName": name,
            "type": kind,
            "description": "",
            "assignableScopes": scopes,
            "permissions": permissions,
        },
    }


def _assign(state: State, scope: str, role: str, principal: str) -> None:
    key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope} {role} {principal}"))
    made = {"roleDefinitionId": state.role_definitions[role]["id"], "principalId": principal}
    resource_id = f"{scope}/providers/{ASSIGNMENT}/{key}"
    state.role_assignments[resource_id.lower()] = _assignment(resource_id, scope, made)


def _assignment(resource_id: str, scope: str, properties: dict[str, Any]) -> Resource:
    return {
        "id": resource_id,
        "name": resource_id.rsplit("/", 1)[-1],
        "type": ASSIGNMENT,
        "properties": {"principalType": "ServicePrincipal", **properties, "scope": scope},
        "scope": scope,
    }


def _permission(given: Mapping[str, Any]) -> dict[str, Any]:
    names = ("actions", "notActions", "dataActions", "notDataActions")
    return {name: list(given.get(name) or ()) for name in names}


def read_definition(state: State, resource_id: str, scope: str, body: dict[str, Any]) -> Resource:
    """Return the definition of a PUT's body; a name belongs to one role only."""
    properties = dict(body.get("properties") or {})
    key, title = resource_id.rsplit("/", 1)[-1].lower(), str(properties.get("roleName", ""))
    scopes = properties.get("assignableScopes") or []
    if not title or not properties.get("permissions") or not scopes:
        raise ArmError(
            "InvalidRoleDefinition",
            "The role definition needs 'roleName', 'permissions' and 'assignableScopes'.",
            status=400,
        )
    for other, each in state.role_definitions.items():
        if other != key and each["properties"]["roleName"].lower() == title.lower():
            raise ArmError(
                "RoleDefinitionWithSameNameExists",
                f"A role definition cannot be updated with a name that already exists: '{title}'.",
                status=409,
            )
    permissions = [_permission(each) for each in properties["permissions"]]
    shown = {"description": "", **properties, "type": "CustomRole", "permissions": permissions}
    return {"id": resource_id, "name": key, "type": DEFINITION, "properties": shown}


def read_assignment(
    state: State, resource_id: str, scope: str, body: dict[str, Any], *, spread: float
) -> Resource:
    """Return the assignment of a PUT's body, which grants something after `spread` seconds."""
    given = dict(body.get("properties") or {})
    role = state.role_definitions.get(_last(given.get("roleDefinitionId", "")))
    if role is None:
        raise ArmError(
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{_last(given.get('roleDefinitionId', ''))}' "
            "does not exist.",
            status=400,
        )
    if not any(_covers(each, scope) for each in role["properties"]["assignableScopes"]):
        raise ArmError(
            "RoleAssignmentScopeNotAssignableToRoleDefinition",
            f"The scope '{scope}' is not assignable to the role definition '{role['name']}'.",
            status=400,
        )
    for key, each in state.role_assignments.items():
        same = (_last(each["properties"]["roleDefinitionId"]), each["properties"]["principalId"])
        is_known = same == (role["name"], given.get("principalId"))
        if key != resource_id.lower() and is_known and each["scope"].lower() == scope.lower():
            raise ArmError(
                "RoleAssignmentExists", "The role assignment already exists.", status=409
            )
    return _assignment(resource_id, scope, given) | {"effective": time.time() + spread}


def permissions_at(state: State, caller: str, scope: str) -> list[dict[str, Any]]:
    """Return the permissions that the caller has at a scope, one for each assignment and part."""
    return [
        permission
        for assignment in state.role_assignments.values()
        if _is_for(assignment, caller, scope)
        for permission in _permissions_of(state, assignment)
    ]


def _permissions_of(state: State, assignment: Resource) -> list[dict[str, Any]]:
    role = state.role_definitions.get(_last(assignment["properties"]["roleDefinitionId"]))
    return role["properties"]["permissions"] if role else []


def _is_for(assignment: Resource, caller: str, scope: str) -> bool:
    return (
        assignment["properties"]["principalId"] == caller
        and _covers(assignment["scope"], scope)
        and assignment.get("effective", 0.0) <= time.time()
    )


def _covers(above: str, scope: str) -> bool:
    return f"{scope}/".lower().startswith(f"{above.rstrip('/')}/".lower())


def _last(identifier: str) -> str:
    return str(identifier).rsplit("/", 1)[-1].lower()


def is_granted(state: State, caller: str, action: str, scope: str) -> bool:
    """Return whether the caller may do the action at the scope; Azure ignores the case."""
    wanted = action.lower()

    def matches(patterns: list[str]) -> bool:
        return any(fnmatch.fnmatchcase(wanted, each.lower()) for each in patterns)

    return any(
        matches(each["actions"]) and not matches(each["notActions"])
        for each in permissions_at(state, caller, scope)
    )


def require_granted(
    state: State, caller: str, actions: list[str], scope: str, body: dict[str, Any]
) -> None:
    """Refuse a request without one of its actions, or without a right on what its body names."""
    for action in actions:
        if not is_granted(state, caller, action, scope):
            raise ArmError(
                "AuthorizationFailed",
                f"The client '{caller}' with object id '{caller}' does not have authorization to "
                f"perform action '{action}' over scope '{scope}' or the scope is invalid. If "
                "access was recently granted, please refresh your credentials.",
            )
    for linked, of in _linked(actions[0], body):
        if not is_granted(state, caller, linked, of):
            raise ArmError(
                "LinkedAuthorizationFailed",
                f"The client '{caller}' with object id '{caller}' has permission to perform "
                f"action '{actions[0]}' on scope '{scope}'; however, it does not have permission "
                f"to perform action(s) '{linked}' on the linked scope(s) '{of}' (respectively) or "
                "the linked scope(s) are invalid.",
                status=403,
            )


_JOIN = {
    "networkinterfaces": "Microsoft.Network/networkInterfaces/join/action",
    "networksecuritygroups": "Microsoft.Network/networkSecurityGroups/join/action",
    "publicipaddresses": "Microsoft.Network/publicIPAddresses/join/action",
    "subnets": "Microsoft.Network/virtualNetworks/subnets/join/action",
    "disks": "Microsoft.Compute/disks/beginGetAccess/action",
    "snapshots": "Microsoft.Compute/snapshots/beginGetAccess/action",
}
"""Kind of a resource that a body names -> the right that Azure demands on it."""
_WITH_LINKS = {
    "microsoft.compute/virtualmachines/write": ("networkinterfaces",),
    "microsoft.network/networkinterfaces/write": (
        *("networksecuritygroups", "publicipaddresses", "subnets"),
    ),
    "microsoft.compute/disks/write": ("disks", "snapshots"),
    "microsoft.compute/snapshots/write": ("disks", "snapshots"),
}
"""The actions whose bodies name other resources, and the kinds of those."""


def _linked(action: str, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the rights that a request needs on the resources in its body, with their ids."""
    kinds = _WITH_LINKS.get(action.lower(), ())
    for named in _ids_in(body.get("properties") or {}):
        match = re.search(r"/([^/]+)/[^/]+$", named)
        if match and match[1].lower() in kinds:
            yield _JOIN[match[1].lower()], named


def _ids_in(value: Any) -> Iterator[str]:
    """Return the ids that a body names: as `id`, or as the source of a copy."""
    if isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, dict):
        for name, inside in value.items():
            if name in ("id", "sourceResourceId") and isinstance(inside, str):
                yield inside
            else:
                yield from _ids_in(inside)
