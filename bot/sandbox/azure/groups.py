"""Resource groups: PUT 201, DELETE 202 with Location only, HEAD 204 or 404."""

from typing import Any

from aiohttp import web

from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import FAULT
from bot.sandbox.azure.kinds import KINDS
from bot.sandbox.azure.regions import REGIONS

PROVIDER = "Microsoft.Resources"
_TAKES_ALONG = ("virtualMachines", "networkInterfaces")  # these hold the other resources


async def list_all(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List all groups of the subscription."""
    return web.json_response({"value": list(azure.state.groups.values())})


async def group(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle one group, by method."""
    name = match["group"]
    if request.method == "HEAD":
        return web.Response(status=204 if name.lower() in azure.state.groups else 404)
    if request.method == "GET":
        return web.json_response(azure.require_group(name))
    if request.method == "DELETE":
        azure.require_group(name)
        group_id = f"/subscriptions/{azure.subscription}/resourceGroups/{name}"
        record = azure.begin("resourceGroups.delete", group_id, PROVIDER, request.get(FAULT))
        headers = azure.operation_headers(request, record, location=True)
        del headers["Azure-AsyncOperation"]
        return web.Response(status=202, headers=headers)
    return await _put(azure, request, name)


async def _put(azure: Azure, request: web.Request, name: str) -> web.Response:
    body = await request.json()
    if not body.get("location"):
        raise ArmError("LocationRequired", "The location property is required.", status=400)
    if body["location"] not in REGIONS:
        raise ArmError(
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{body['location']}' is not available for resource group. "
            f"List of available regions is '{','.join(REGIONS)}'.",
            status=400,
        )
    status = 200 if name.lower() in azure.state.groups else 201
    resource = {
        "id": f"/subscriptions/{azure.subscription}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": body["location"],
        "tags": body.get("tags") or {},
        "properties": {"provisioningState": "Succeeded"},
    }
    azure.state.groups[name.lower()] = resource
    azure.state.touch()
    return web.json_response(resource, status=status)


def register_finishers(azure: Azure) -> None:
    """Register how the delete of a group ends: every resource in it is deleted."""

    async def finish(group_id: str, _arguments: dict[str, Any]) -> None:
        prefix = f"{group_id}/".lower()
        inside = [
            each for each in azure.state.resources.values() if each["id"].lower().startswith(prefix)
        ]
        inside.sort(key=lambda each: each["type"].split("/")[1] not in _TAKES_ALONG)
        for each in inside:
            running = azure.operations.running(each["id"])
            if running is not None:
                await azure.operations.cancel(running)
            kind = KINDS.get(each["type"].lower())
            still_there = azure.state.find(each["id"]) is not None
            if kind is not None and kind.finish_delete is not None and still_there:
                await kind.finish_delete(azure, each)
            azure.state.remove(each["id"])
        azure.state.groups.pop(group_id.rsplit("/", 1)[-1].lower(), None)
        azure.state.touch()

    azure.operations.finishers["resourceGroups.delete"] = finish
