"""The table of ARM's paths and their handlers; the case of letters does not matter."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.azure import (
    authorization,
    commands,
    compute,
    discovery,
    groups,
    images,
    locks,
    network,
    power,
    resources,
    roles,
    skus,
    subnets,
)
from bot.sandbox.azure.context import CALLER, Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import FAULT
from bot.sandbox.azure.names import actions_of
from bot.sandbox.azure.regions import FIRST

Handler = Callable[[Azure, web.Request, dict[str, str]], Awaitable[web.Response]]

PAGE_SIZE = 100

_SUBSCRIPTION = r"/subscriptions/(?P<subscription>[^/]+)"
_GROUP = _SUBSCRIPTION + r"/resourcegroups/(?P<group>[^/]+)"
_PROVIDER = _SUBSCRIPTION + r"/providers/(?P<provider>[^/]+)"
_LOCATION = _PROVIDER + r"/locations/(?P<location>[^/]+)"
_KIND = _GROUP + r"/providers/(?P<provider>[^/]+)/(?P<word>[^/]+)"
_VM = _GROUP + r"/providers/microsoft\.compute/virtualmachines/(?P<name>[^/]+)"
_SUBNETS = _GROUP + r"/providers/microsoft\.network/virtualnetworks/[^/]+/subnets"
_CHILDREN = _VM + r"/(?P<child>runcommands|extensions)"
_IMAGE = (
    _LOCATION
    + r"/publishers/(?P<publisher>[^/]+)/artifacttypes/vmimage/offers/"
    + r"(?P<offer>[^/]+)/skus/(?P<sku>[^/]+)/versions"
)


async def get_operation(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Answer a poll of Azure-AsyncOperation: always 200, with the state in the body.

    Compute's Location is the same path with `monitor=true`.
    """
    if request.query.get("monitor") == "true":
        return await get_result(azure, request, match)
    record = azure.operations.get(match["id"])
    if record is None:
        raise ArmError("NotFound", "The operation was not found.", status=404)
    running = record["status"] == "InProgress"
    headers = {"Retry-After": azure.durations.retry_after(1.0)} if running else {}
    return web.json_response(azure.operations.body(record), headers=headers)


async def get_result(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Answer a poll of Location: 202 while the operation runs, then 200 with what it made.

    As recorded, the deletion of a network resource ends with 204 and both headers instead.
    """
    record = azure.operations.get(match["id"])
    if record is None:
        raise ArmError("NotFound", "The operation was not found.", status=404)
    if record["status"] == "InProgress":
        headers = azure.operation_headers(request, record, location=True)
        if record["provider"] == groups.PROVIDER:
            del headers["Azure-AsyncOperation"]
        return web.Response(status=202, headers=headers)
    if record["error"]:
        return web.json_response({"error": record["error"]}, status=409)
    if record["result"] is None:
        if record["operation"].endswith(".delete") and record["provider"] == "Microsoft.Network":
            headers = azure.operation_headers(request, record, location=True)
            del headers["Retry-After"]
            return web.Response(status=204, headers=headers)
        return web.Response(status=200)
    return web.json_response(record["result"])


async def list_resources(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List all resources of a group or of the subscription.

    As in Azure, a list that is filtered by a tag comes without the tags.
    """
    if "group" in match:
        azure.require_group(match["group"])
    inside = f"/resourcegroups/{match['group']}/".lower() if "group" in match else ""
    found = [each for each in azure.state.resources.values() if inside in each["id"].lower()]
    wanted = re.findall(r"(tagName|tagValue) eq '([^']*)'", request.query.get("$filter", ""))
    tag = dict(wanted)
    if tag:
        found = [each for each in found if _has_tag(each, tag)]
    names = ("id", "name", "type", "location") + (() if tag else ("tags",))
    items = [{name: each[name] for name in names if name in each} for each in found]
    return resources.page(request, items, PAGE_SIZE)


def _has_tag(resource: dict[str, Any], tag: dict[str, str]) -> bool:
    tags = resource.get("tags") or {}
    name = tag.get("tagName", "")
    return name in tags and tag.get("tagValue", tags.get(name)) == tags[name]


async def list_kind(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List one kind of resource; a list of VMs may include their power states."""
    kind = resources.kind_of(match["provider"], match["word"])
    inside = f"/resourcegroups/{match['group']}/".lower() if "group" in match else ""
    items = [each for each in azure.state.of_type(kind.type) if inside in each["id"].lower()]
    if kind.type == compute.VM and request.query.get("statusOnly", "").lower() == "true":
        items = [
            each | {"properties": {"instanceView": compute.instance_view(azure, each)}}
            for each in items
        ]
    return resources.page(request, items, PAGE_SIZE)


async def provider_get(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Return the registration of a provider. As in Azure, `Registering` is seen once."""
    key = match["provider"].lower()
    state = azure.state.providers.get(key, "NotRegistered")
    if state == "Registering":
        azure.state.providers[key] = "Registered"
        azure.state.touch()
    body = {
        "id": f"/subscriptions/{azure.subscription}/providers/{match['provider']}",
        "namespace": match["provider"],
        "registrationState": state,
        "resourceTypes": [],
    }
    return web.json_response(body)


async def provider_register(
    azure: Azure, request: web.Request, match: dict[str, str]
) -> web.Response:
    """Begin to register a provider."""
    key = match["provider"].lower()
    if azure.state.providers.get(key) != "Registered":
        azure.state.providers[key] = "Registering"
        azure.state.touch()
    return web.json_response(
        {
            "id": f"/subscriptions/{azure.subscription}/providers/{match['provider']}",
            "namespace": match["provider"],
            "registrationState": azure.state.providers[key],
        }
    )


async def list_skus(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the sizes, filtered by location as the SDK asks."""
    wanted = re.search(r"location eq '([^']+)'", request.query.get("$filter", ""))
    return web.json_response({"value": skus.sku_list(wanted.group(1) if wanted else FIRST)})


async def list_usages(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the quotas and their use."""
    if match["provider"].lower() == "microsoft.compute":
        return web.json_response({"value": skus.compute_usages(azure.state, match["location"])})
    used = network.addresses_of(azure, match["location"])
    name = {"value": "PublicIPAddresses", "localizedValue": "Public IP Addresses"}
    limit = network.PUBLIC_ADDRESS_LIMIT
    usage = {"name": name, "currentValue": used, "limit": limit, "unit": "Count"}
    return web.json_response({"value": [usage]})


async def check_dns(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Return whether a DNS label is free."""
    try:
        label = request.query.get("domainNameLabel", "")
        network.check_label(azure, label, match["location"])
    except ArmError:
        return web.json_response({"available": False})
    return web.json_response({"available": True})


async def list_versions(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the versions of an image as a bare list, as Azure does: `$top` of them by name."""
    found = _versions(azure, match)
    if request.query.get("$orderby", "").lower() == "name desc":
        found.reverse()
    top = int(request.query.get("$top", len(found)))
    shown = [
        {"id": f"{request.path}/{each}", "name": each, "location": match["location"]}
        for each in found[:top]
    ]
    return web.json_response(shown)


async def get_version(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Return one version of an image, with its features and how long it lives."""
    if match["version"] not in _versions(azure, match):
        raise ArmError("PlatformImageNotFound", "The platform image was not found.")
    urn = f"{match['publisher']}:{match['offer']}:{match['sku']}"
    body = images.version_body(urn, match["version"], match["location"], azure.state)
    return web.json_response({"id": request.path, **body})


def _versions(azure: Azure, match: dict[str, str]) -> list[str]:
    names = (match["publisher"], match["offer"], match["sku"])
    found = images.versions(*names, azure.machines, azure.state)
    if not found:
        raise ArmError("PlatformImageNotFound", "The platform image was not found.")
    return found


async def subscription(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Return the subscription itself."""
    return web.json_response(discovery.subscription_body(azure))


async def resource(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle any resource by its id."""
    kind = resources.kind_of(match["provider"], match["word"])
    fault = request.get(FAULT)
    match request.method:
        case "GET":
            return await resources.get(azure, request, request.path)
        case "PUT":
            return await resources.put(azure, request, request.path, kind, fault)
        case "PATCH":
            return await resources.patch(azure, request, request.path, kind, fault)
        case _:
            return await resources.delete(azure, request, request.path, kind, fault)


Route = tuple[set[str], re.Pattern[str], Handler]


def _route(methods: str, pattern: str, handler: Handler) -> Route:
    return set(methods.split()), re.compile(f"{pattern}/?", re.IGNORECASE), handler


ROUTES = (
    _route("GET", authorization.SCOPE + r"/permissions", authorization.permissions),
    _route("GET", authorization.PATH, authorization.all_at),
    _route("GET PUT DELETE", authorization.PATH + r"/(?P<name>[^/]+)", authorization.one),
    _route("GET", _SUBSCRIPTION, subscription),
    _route("GET", _SUBSCRIPTION + r"/locations", discovery.locations),
    _route("GET", _SUBSCRIPTION + r"/providers", discovery.providers),
    _route("GET", _PROVIDER + r"/locations/[^/]+/(disk)?operations/(?P<id>[^/]+)", get_operation),
    _route("GET", _PROVIDER + r"/locations/[^/]+/operationresults/(?P<id>[^/]+)", get_result),
    _route("GET", _LOCATION + r"/usages", list_usages),
    _route("GET", _LOCATION + r"/checkdnsnameavailability", check_dns),
    _route("GET", _IMAGE, list_versions),
    _route("GET", _IMAGE + r"/(?P<version>[^/]+)", get_version),
    _route("GET", _PROVIDER + r"/skus", list_skus),
    _route("POST", _PROVIDER + r"/register", provider_register),
    _route("GET", _SUBSCRIPTION + r"/resourcegroups", groups.list_all),
    _route("GET HEAD PUT DELETE", _GROUP, groups.group),
    _route("GET", _SUBSCRIPTION + r"/resources", list_resources),
    _route("GET", _GROUP + r"/resources", list_resources),
    _route("GET", _PROVIDER, provider_get),
    _route("GET", _PROVIDER + r"/(?P<word>[^/]+)", list_kind),
    _route("GET", _KIND, list_kind),
    _route("GET PUT PATCH DELETE", _KIND + r"/(?P<name>[^/]+)", resource),
    _route("GET", _VM + r"/instanceview", power.instance_view),
    _route("POST", _VM + r"/(?P<action>start|deallocate|poweroff|restart)", power.change),
    _route("GET", _SUBNETS, subnets.list_all),
    _route("GET", _SUBNETS + r"/(?P<subnet>[^/]+)", subnets.get),
    _route("PUT", _SUBNETS + r"/(?P<subnet>[^/]+)", subnets.put),
    _route("DELETE", _SUBNETS + r"/(?P<subnet>[^/]+)", subnets.delete),
    _route("POST", _VM + r"/runcommand", commands.invoke),
    _route("GET", _CHILDREN, commands.list_children),
    _route("PUT", _CHILDREN + r"/(?P<child_name>[^/]+)", commands.put_child),
    _route("GET", _CHILDREN + r"/(?P<child_name>[^/]+)", commands.get_child),
    _route("DELETE", _CHILDREN + r"/(?P<child_name>[^/]+)", commands.delete_child),
)


async def dispatch(azure: Azure, request: web.Request) -> web.Response:
    """Call the handler of the path; an unknown path gets ARM's refusal."""
    for methods, pattern, handler in ROUTES:
        match = pattern.fullmatch(request.path)
        if match is not None and request.method in methods:
            words = match.groupdict()
            if words["subscription"].lower() != azure.subscription.lower():
                raise ArmError(
                    "SubscriptionNotFound",
                    f"The subscription '{words['subscription']}' could not be found.",
                )
            body = await resources.sent_body(request)
            actions = actions_of(request.method, request.path, request.query)
            roles.require_granted(azure.state, request[CALLER], actions, request.path, body)
            azure.require_writable(request.method)
            if handler is not authorization.one:  # a scope can always be unlocked
                locks.require_unlocked(azure.state, request.method, request.path)
            return await handler(azure, request, words)
    raise ArmError("InvalidResourceType", f"No such path: {request.path}", status=404)
