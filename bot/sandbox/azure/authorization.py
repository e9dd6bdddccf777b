"""Microsoft.Authorization: locks and policy assignments, which only the owner may read or set."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.azure import locks, policies
from bot.sandbox.azure.context import CALLER, Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.resources import page, read_body
from bot.sandbox.azure.state import Resource

PATH = (
    r"(?P<scope>/subscriptions/(?P<subscription>[^/]+)"
    r"(?:/resourcegroups/[^/]+(?:/providers/[^/]+(?:/[^/]+/[^/]+)+?)?)?)"
    r"/providers/microsoft\.authorization/(?P<kind>locks|policyassignments)"
)

Read = Callable[[str, str, dict[str, Any]], Resource]
_READERS: dict[str, tuple[str, Read]] = {
    locks.TYPE.lower(): (locks.TYPE, locks.read),
    policies.TYPE.lower(): (policies.TYPE, policies.read),
}


def _of(azure: Azure, kind: str) -> tuple[dict[str, Resource], str, Read]:
    key = f"microsoft.authorization/{kind.lower()}"
    shown, read = _READERS[key]
    return (azure.state.locks if shown == locks.TYPE else azure.state.policies), shown, read


async def one(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle one lock or assignment, by method: PUT 201 or 200, DELETE 200 or 204."""
    known, kind, read = _of(azure, match["kind"])
    _require_owner(azure, request, kind)
    resource_id = f"{match['scope']}/providers/{kind}/{match['name']}"
    key = resource_id.lower()
    if request.method == "PUT":
        _require_scope(azure, match["scope"])
        status = 200 if key in known else 201
        known[key] = read(resource_id, match["scope"], await read_body(request))
        azure.state.touch()
        return web.json_response(_shown(known[key]), status=status)
    found = known.get(key)
    if request.method == "DELETE":
        known.pop(key, None)
        azure.state.touch()
        return web.Response(status=204) if found is None else web.json_response(_shown(found))
    if found is None:
        code = "LockNotFound" if kind == locks.TYPE else "PolicyAssignmentNotFound"
        raise ArmError(code, f"The {kind} '{match['name']}' could not be found.", status=404)
    return web.json_response(_shown(found))


async def all_at(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the locks or assignments of a scope and of what is in it."""
    known, kind, _read = _of(azure, match["kind"])
    _require_owner(azure, request, kind)
    inside = f"{match['scope']}/".lower()
    found = [_shown(each) for key, each in known.items() if key.startswith(inside)]
    return page(request, found, len(found) or 1)


def _shown(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if name != "scope"}


def _require_owner(azure: Azure, request: web.Request, kind: str) -> None:
    if request[CALLER] == azure.owner:
        return
    verb = {"PUT": "write", "DELETE": "delete"}.get(request.method, "read")
    raise ArmError(
        "AuthorizationFailed",
        f"The client '{request[CALLER]}' with object id '{request[CALLER]}' does not have "
        f"authorization to perform action '{kind}/{verb}' over scope '{request.path}' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials.",
    )


def _require_scope(azure: Azure, scope: str) -> None:
    """Require the group or resource to exist on which something is set."""
    words = scope.split("/")
    if len(words) > 5:
        azure.require_group(words[4])
        azure.require(scope)
    elif len(words) > 3:
        azure.require_group(words[4])
