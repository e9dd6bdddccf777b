"""Subnets of a VNet: the VNet's body holds them, and they are written one at a time."""

from typing import Any

from aiohttp import web

from bot.sandbox.azure import vnets
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import not_found
from bot.sandbox.azure.fault_kinds import FAULT
from bot.sandbox.azure.resources import page, read_body
from bot.sandbox.azure.state import Resource

PUT, DELETE = "virtualNetworks/subnets.put", "virtualNetworks/subnets.delete"


async def list_all(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the subnets of one VNet."""
    subnets = _vnet(azure, request)["properties"]["subnets"]
    return page(request, subnets, len(subnets) or 1)


async def get(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle GET: 200 or 404."""
    subnet = _find(_vnet(azure, request), match["subnet"])
    if subnet is None:
        raise not_found(request.path, match["group"])
    return web.json_response(subnet)


async def put(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle PUT: 201 or 200 with an operation; refused while the VNet is being changed."""
    vnet = _free_vnet(azure, request)
    properties = dict((await read_body(request)).get("properties") or {})
    old = _find(vnet, match["subnet"])
    name = old["name"] if old else match["subnet"]
    subnet = vnets.subnet_body(vnet["id"], name, properties)
    others = [each for each in vnet["properties"]["subnets"] if each is not old]
    vnets.check_ranges(vnet["properties"]["addressSpace"]["addressPrefixes"], [*others, subnet])
    subnet["properties"]["provisioningState"] = "Updating"
    vnet["properties"]["subnets"] = [*others, subnet]
    azure.state.touch()
    return _begun(azure, request, vnet, PUT, web.json_response(subnet, status=200 if old else 201))


async def delete(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle DELETE: 202 with an operation, 204 for a missing subnet; a subnet in use stays."""
    vnet = _free_vnet(azure, request)
    subnet = _find(vnet, match["subnet"])
    if subnet is None:
        return web.Response(status=204)
    vnets.refuse_if_used(azure, subnet["id"])
    subnet["properties"]["provisioningState"] = "Deleting"
    return _begun(azure, request, vnet, DELETE, web.Response(status=202))


def register_finishers(azure: Azure) -> None:
    """Register how these operations end. Both work on the VNet, so the VNet counts as busy."""

    async def finish_put(vnet_id: str, arguments: dict[str, Any]) -> None:
        subnet = _find(azure.require(vnet_id), arguments["subnet"])
        if subnet is not None:
            subnet["properties"]["provisioningState"] = "Succeeded"

    async def finish_delete(vnet_id: str, arguments: dict[str, Any]) -> None:
        properties = azure.require(vnet_id)["properties"]
        gone = arguments["subnet"].lower()
        properties["subnets"] = [s for s in properties["subnets"] if s["name"].lower() != gone]

    azure.operations.finishers[PUT] = finish_put
    azure.operations.finishers[DELETE] = finish_delete


def _begun(
    azure: Azure, request: web.Request, vnet: Resource, operation: str, response: web.Response
) -> web.Response:
    arguments = {"subnet": request.path.rstrip("/").rsplit("/", 1)[-1]}
    fault = request.get(FAULT)
    record = azure.begin(operation, vnet["id"], "Microsoft.Network", fault, arguments)
    location = operation == DELETE
    response.headers.update(azure.operation_headers(request, record, location=location))
    return response


def _vnet(azure: Azure, request: web.Request) -> Resource:
    return azure.require("/".join(request.path.split("/")[:9]))


def _free_vnet(azure: Azure, request: web.Request) -> Resource:
    vnet = _vnet(azure, request)
    vnets.refuse_if_busy(azure, vnet)
    return vnet


def _find(vnet: Resource, name: str) -> Resource | None:
    subnets: list[Resource] = vnet["properties"]["subnets"]
    return next((each for each in subnets if each["name"].lower() == name.lower()), None)
