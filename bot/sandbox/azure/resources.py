"""GET, PUT, PATCH and DELETE of any kind of resource, with ARM's codes and headers."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from aiohttp import web

from bot.sandbox.azure import compute, disks, policies
from bot.sandbox.azure.context import Azure, group_of
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import ArmFault
from bot.sandbox.azure.kinds import KINDS, Kind
from bot.sandbox.azure.regions import REGIONS, plain
from bot.sandbox.azure.state import Resource

MOST_TAGS, LONGEST_TAG_NAME, LONGEST_TAG = 50, 512, 256


async def read_body(request: web.Request) -> dict[str, Any]:
    """Return the JSON body, or raise ARM's error about it."""
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise ArmError("InvalidRequestContent", "The request content was invalid.") from None
    if not isinstance(body, dict):
        raise ArmError("InvalidRequestContent", "The request content is not an object.")
    return body


async def sent_body(request: web.Request) -> dict[str, Any]:
    """Return the JSON body, or nothing of a body that is none: its handler refuses that."""
    try:
        return await read_body(request)
    except ArmError:
        return {}


def kind_of(provider: str, word: str) -> Kind:
    """Return the kind, or raise ARM's error for an unknown type."""
    kind = KINDS.get(f"{provider}/{word}".lower())
    if kind is None:
        raise ArmError("InvalidResourceType", f"No resource type {provider}/{word}.", status=404)
    return kind


def shown(azure: Azure, request: web.Request, resource: Resource) -> Resource:
    """Return the body of a GET, with a VM's instance view if the request asks for it."""
    wants_view = request.query.get("$expand", "").lower() == "instanceview"
    if resource["type"] != compute.VM or not wants_view:
        return resource
    view = compute.instance_view(azure, resource)
    return resource | {"properties": resource["properties"] | {"instanceView": view}}


async def get(azure: Azure, request: web.Request, resource_id: str) -> web.Response:
    """Handle GET: 200 or 404."""
    azure.require_group(group_of(resource_id))
    return web.json_response(shown(azure, request, azure.require(resource_id)))


async def put(
    azure: Azure, request: web.Request, resource_id: str, kind: Kind, fault: ArmFault | None
) -> web.Response:
    """Handle PUT: 201 for a new resource (202 for disks), 200 for an existing one."""
    azure.require_group(group_of(resource_id))
    azure.require_provider(kind.provider)
    body = await read_body(request)
    body["location"] = _location(body)
    check_tags(body.get("tags") or {})
    policies.require_allowed(azure.state, resource_id, kind.type, body)
    existing = azure.state.find(resource_id)
    if existing is not None:
        _require_changeable(existing, body["location"])
    resource: Resource = {
        "id": existing["id"] if existing else resource_id,
        "name": resource_id.rsplit("/", 1)[-1],
        "type": kind.type,
        "location": body["location"],
        "tags": body.get("tags") or {},
        **{name: body[name] for name in ("sku", "zones", "identity") if name in body},
    }
    running = azure.operations.running(resource_id) if existing else None
    hidden = kind.prepare(azure, resource, body, existing)
    state = kind.updating if existing is None else "Updating"
    resource["properties"]["provisioningState"] = "Succeeded" if kind.at_once else state
    azure.state.put(resource, hidden)
    # As recorded: a disk is never made or changed at once, an interface mostly is.
    status = kind.created if existing is None or kind.created == 202 else 200
    record = running or azure.begin(
        _operation(kind, resource),
        resource["id"],
        kind.provider,
        fault,
        at_once=kind.at_once and fault is None,
    )
    headers = azure.operation_headers(request, record, location=status == 202)
    return web.json_response(resource, status=status, headers=headers)


def _require_changeable(existing: Resource, location: str) -> None:
    if existing["properties"].get("provisioningState") == "Deleting":
        raise ArmError("AnotherOperationInProgress", "The resource is being deleted.")
    if existing["location"] != location:
        raise ArmError(
            "InvalidResourceLocation",
            f"The resource '{existing['name']}' already exists in location "
            f"'{existing['location']}'. A resource with the same name cannot be created in "
            f"location '{location}'. Please select a new resource name.",
            status=409,
        )


def _operation(kind: Kind, resource: Resource) -> str:
    if resource["type"] == compute.VM:
        disk = resource["properties"]["storageProfile"]["osDisk"]
        if disk.get("osType") == "Windows":
            return f"{kind.word}.put.windows"
    return f"{kind.word}.put"


def _location(body: dict[str, Any]) -> str:
    location = plain(str(body.get("location", "")))
    if location not in REGIONS:
        raise ArmError(
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type. List of "
            f"available regions for the resource type is '{','.join(REGIONS)}'.",
            status=400,
        )
    return location


def check_tags(tags: dict[str, Any]) -> None:
    """Refuse tags that break Azure's limits."""
    if len(tags) > MOST_TAGS:
        raise ArmError("InvalidTagCount", f"Too many tags; at most {MOST_TAGS}.", status=400)
    for name, value in tags.items():
        if not name or len(name) > LONGEST_TAG_NAME or len(str(value)) > LONGEST_TAG:
            raise ArmError("InvalidTagNameOrValue", f"Tag '{name[:40]}' is too long.", status=400)


async def patch(
    azure: Azure, request: web.Request, resource_id: str, kind: Kind, fault: ArmFault | None
) -> web.Response:
    """Handle PATCH of tags and of what a VM may change; a VM answers with an operation."""
    resource = azure.require(resource_id)
    body = await read_body(request)
    check_tags(body.get("tags") or {})
    changed = resource | {"tags": body.get("tags", resource.get("tags"))}
    policies.require_allowed(azure.state, resource["id"], kind.type, changed)
    if "tags" in body:
        resource["tags"] = body["tags"]
    azure.state.touch()
    if kind.type == disks.DISK:
        return await _patch_disk(azure, request, resource, body.get("properties") or {}, fault)
    if kind.type != compute.VM:
        return web.json_response(resource)
    compute.update(azure, resource, body.get("properties") or {})
    resource["properties"]["provisioningState"] = "Updating"
    record = azure.begin(f"{kind.word}.patch", resource["id"], kind.provider, fault)
    headers = azure.operation_headers(request, record, location=False)
    return web.json_response(resource, headers=headers)


async def _patch_disk(
    azure: Azure,
    request: web.Request,
    resource: Resource,
    changes: dict[str, Any],
    fault: ArmFault | None,
) -> web.Response:
    """Handle PATCH of a disk: its size is changed by an operation."""
    if "diskSizeGB" not in changes:
        return web.json_response(resource)
    machine = disks.resize_disk(azure, resource, int(changes["diskSizeGB"]))
    if machine:
        await azure.machines.grow_disk(machine, int(changes["diskSizeGB"]))
    resource["properties"]["provisioningState"] = "Updating"
    record = azure.begin("disks.patch", resource["id"], "Microsoft.Compute", fault)
    headers = azure.operation_headers(request, record, location=True)
    return web.json_response(resource, status=202, headers=headers)


async def delete(
    azure: Azure, request: web.Request, resource_id: str, kind: Kind, fault: ArmFault | None
) -> web.Response:
    """Handle DELETE: 202 with its operation, 204 for a missing resource.

    A creation in flight is ended.
    """
    azure.require_group(group_of(resource_id))
    resource = azure.state.find(resource_id)
    if resource is None:
        return web.Response(status=204)
    running = azure.operations.running(resource_id)
    if running is not None and running["operation"].endswith(".delete"):
        record = running
    else:
        if kind.check_delete is not None:
            kind.check_delete(azure, resource)
        if running is not None:
            await azure.operations.cancel(running)
        resource["properties"]["provisioningState"] = "Deleting"
        record = azure.begin(f"{kind.word}.delete", resource["id"], kind.provider, fault)
    headers = azure.operation_headers(request, record, location=True)
    return web.Response(status=202, headers=headers)


def page(request: web.Request, items: list[Any], size: int) -> web.Response:
    """Return one page of a list, with nextLink if there are more."""
    start = int(request.query.get("$skiptoken", "0"))
    body: dict[str, Any] = {"value": items[start : start + size]}
    if start + size < len(items):
        body["nextLink"] = str(request.url.update_query({"$skiptoken": str(start + size)}))
    return web.json_response(body)


def register_finishers(azure: Azure) -> None:
    """Register how the operations of all kinds end."""
    for kind in KINDS.values():
        azure.operations.finishers[f"{kind.word}.put"] = _finish_put(azure, kind)
        azure.operations.finishers[f"{kind.word}.patch"] = _succeed(azure)
        azure.operations.finishers[f"{kind.word}.delete"] = _finish_delete(azure, kind)
    finishers = azure.operations.finishers
    finishers["virtualMachines.put.windows"] = finishers["virtualMachines.put"]

    async def boot_all_the_same(resource_id: str, arguments: dict[str, Any]) -> None:
        """Boot a VM whose system was too slow to report: the VM failed, and runs nevertheless."""
        if arguments["code"] == "OSProvisioningTimedOut":
            await compute.finish_vm(azure, azure.require(resource_id))

    for operation in ("virtualMachines.put", "virtualMachines.put.windows"):
        azure.operations.failers[operation] = boot_all_the_same


def _finish_put(azure: Azure, kind: Kind) -> Callable[..., Any]:
    async def finish(resource_id: str, _arguments: dict[str, Any]) -> Resource | None:
        resource = azure.require(resource_id)
        if kind.finish is not None:
            await kind.finish(azure, resource)
        resource["properties"]["provisioningState"] = "Succeeded"
        azure.state.secrets_of(resource).pop("failure", None)
        return deepcopy(resource) if kind.created == 202 else None

    return finish


def _succeed(azure: Azure) -> Callable[..., Any]:
    async def finish(resource_id: str, _arguments: dict[str, Any]) -> None:
        azure.require(resource_id)["properties"]["provisioningState"] = "Succeeded"

    return finish


def _finish_delete(azure: Azure, kind: Kind) -> Callable[..., Any]:
    async def finish(resource_id: str, _arguments: dict[str, Any]) -> None:
        resource = azure.state.find(resource_id)
        if resource is None:
            return
        if kind.finish_delete is not None:
            await kind.finish_delete(azure, resource)
        azure.state.remove(resource_id)

    return finish
