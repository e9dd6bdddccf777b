"""Microsoft.Authorization: locks, policy assignments, roles, and what the caller may do."""

import re
from typing import Any

from aiohttp import web

from bot.sandbox.azure import locks, policies, roles
from bot.sandbox.azure.context import CALLER, Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.resources import page, read_body
from bot.sandbox.azure.state import Resource

SCOPE = (
    r"(?P<scope>/subscriptions/(?P<subscription>[^/]+)"
    r"(?:/resourcegroups/[^/]+(?:/providers/[^/]+(?:/[^/]+/[^/]+)+?)?)?)"
    r"/providers/microsoft\.authorization"
)
PATH = SCOPE + r"/(?P<kind>locks|policyassignments|roledefinitions|roleassignments)"

_TYPES = {
    each.rsplit("/", 1)[-1].lower(): each
    for each in (locks.TYPE, policies.TYPE, roles.DEFINITION, roles.ASSIGNMENT)
}
_MISSING = {
    locks.TYPE: "LockNotFound",
    policies.TYPE: "PolicyAssignmentNotFound",
    roles.DEFINITION: "RoleDefinitionDoesNotExist",
    roles.ASSIGNMENT: "RoleAssignmentNotFound",
}
_HIDDEN = ("scope", "effective")


def _of(azure: Azure, kind: str) -> dict[str, Resource]:
    return {
        locks.TYPE: azure.state.locks,
        policies.TYPE: azure.state.policies,
        roles.DEFINITION: azure.state.role_definitions,
        roles.ASSIGNMENT: azure.state.role_assignments,
    }[kind]


def _read(azure: Azure, kind: str, key: str, scope: str, body: dict[str, Any]) -> Resource:
    if kind == locks.TYPE:
        return locks.read(key, scope, body)
    if kind == policies.TYPE:
        return policies.read(key, scope, body)
    if kind == roles.DEFINITION:
        return roles.read_definition(azure.state, key, scope, body)
    spread = azure.durations.scaled(roles.SPREAD_SECONDS)
    return roles.read_assignment(azure.state, key, scope, body, spread=spread)


async def one(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle one of them, by method: PUT 201 or 200, DELETE 200 or 204."""
    kind = _TYPES[match["kind"].lower()]
    known = _of(azure, kind)
    resource_id = f"{match['scope']}/providers/{kind}/{match['name']}"
    # A role's definition is the same at each scope.
    key = match["name"].lower() if kind == roles.DEFINITION else resource_id.lower()
    if request.method == "PUT":
        _require_scope(azure, match["scope"])
        status = 201 if key not in known or kind in (roles.DEFINITION, roles.ASSIGNMENT) else 200
        made = _read(azure, kind, resource_id, match["scope"], await read_body(request))
        known[key] = made
        azure.state.touch()
        return web.json_response(_shown(made), status=status)
    found = known.get(key)
    if request.method == "DELETE":
        known.pop(key, None)
        azure.state.touch()
        return web.Response(status=204) if found is None else web.json_response(_shown(found))
    if found is None:
        text = f"The {kind} '{match['name']}' could not be found."
        raise ArmError(_MISSING[kind], text, status=404)
    return web.json_response(_shown(found))


async def all_at(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List them at a scope and of what is in it; a filter names a role or an identity."""
    kind = _TYPES[match["kind"].lower()]
    inside = f"{match['scope']}/".lower()
    found = [
        _shown(each)
        for each in _of(azure, kind).values()
        if kind == roles.DEFINITION or each["id"].lower().startswith(inside)
    ]
    for name, value in re.findall(r"(\w+)\s+eq\s+'([^']*)'", request.query.get("$filter", "")):
        found = [each for each in found if each["properties"].get(name) == value]
    return page(request, found, len(found) or 1)


async def permissions(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List what the caller's roles grant at the scope."""
    found = roles.permissions_at(azure.state, request[CALLER], match["scope"])
    return web.json_response({"value": found})


def _shown(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if name not in _HIDDEN}


def _require_scope(azure: Azure, scope: str) -> None:
    """Require the group or resource to exist on which something is set."""
    words = scope.split("/")
    if len(words) > 5:
        azure.require_group(words[4])
        azure.require(scope)
    elif len(words) > 3:
        azure.require_group(words[4])
