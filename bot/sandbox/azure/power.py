"""Start, deallocate, power off and restart of a VM, and its instance view."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.azure import compute
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import FAULT
from bot.sandbox.azure.state import Resource

_log = logging.getLogger(__name__)

PROVIDER = "Microsoft.Compute"

# action -> (the state in between, the state at the end)
STATES = {
    "start": ("starting", "running"),
    "restart": ("running", "running"),
    "deallocate": ("deallocating", "deallocated"),
    "powerOff": ("stopping", "stopped"),
}
_SPELLING = {name.lower(): name for name in STATES}


def vm_id(azure: Azure, match: dict[str, str]) -> str:
    """Return the id of the VM in the path."""
    group = f"/subscriptions/{azure.subscription}/resourceGroups/{match['group']}"
    return f"{group}/providers/{compute.VM}/{match['name']}"


async def instance_view(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Return the instance view: provisioning and power."""
    resource = azure.require(vm_id(azure, match))
    return web.json_response(compute.instance_view(azure, resource))


async def change(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Begin the action; the answer is 202 with both headers, as recorded."""
    resource = azure.require(vm_id(azure, match))
    action = _SPELLING[match["action"].lower()]
    hidden = azure.state.secrets_of(resource)
    if azure.operations.running(resource["id"]) is not None:
        raise ArmError(
            "Conflict",
            "The request failed due to conflict with a concurrent request. To resolve it, please "
            "refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
            status=409,
        )
    before = {"power": hidden["power"]}
    hidden["power"] = STATES[action][0]
    operation = f"virtualMachines.{action}"
    record = azure.begin(operation, resource["id"], PROVIDER, request.get(FAULT), before)
    headers = azure.operation_headers(request, record, location=True)
    return web.Response(status=202, headers=headers)


def register_finishers(azure: Azure) -> None:
    """Register what the machine does at the end of each action."""
    machines = azure.machines

    async def restart(machine_id: str) -> None:
        await machines.stop(machine_id)
        await machines.start(machine_id)

    async def back_to_before(resource_id: str, arguments: dict[str, Any]) -> None:
        azure.state.secrets_of(azure.require(resource_id))["power"] = arguments["power"]

    effects: dict[str, Callable[[str], Awaitable[None]]] = {
        "start": machines.start,
        "restart": restart,
        "deallocate": machines.stop,
        "powerOff": machines.stop,
    }
    for action, effect in effects.items():
        azure.operations.finishers[f"virtualMachines.{action}"] = _finisher(azure, action, effect)
        azure.operations.failers[f"virtualMachines.{action}"] = back_to_before


def _finisher(
    azure: Azure, action: str, effect: Callable[[str], Awaitable[None]]
) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    async def finish(resource_id: str, _arguments: dict[str, Any]) -> None:
        resource = azure.require(resource_id)
        hidden = azure.state.secrets_of(resource)
        await effect(hidden["machine_id"])
        hidden["power"] = STATES[action][1]
        azure.state.touch()

    return finish


async def boot_again(azure: Azure) -> None:
    """Boot the machines that ran before this process was restarted."""

    async def boot(vm: Resource) -> None:
        hidden = azure.state.secrets_of(vm)
        try:
            await azure.machines.start(hidden["machine_id"])
        except Exception:
            _log.exception("%s did not boot again; it is shown as stopped", vm["name"])
            hidden["power"] = "stopped"

    vms = azure.state.of_type(compute.VM)
    running = [vm for vm in vms if azure.state.secrets_of(vm).get("power") == "running"]
    await asyncio.gather(*(boot(vm) for vm in running))
