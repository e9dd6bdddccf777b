"""Scripts that run on a VM through Azure: run commands of both kinds, and extensions.

The script runs on the machine at the end of the recorded duration, as root or as the Windows
system: by the shell on Linux, by PowerShell on Windows.
"""

import shlex
import time
from typing import Any

from aiohttp import web

from bot.sandbox.azure import compute, policies
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.fault_kinds import FAULT
from bot.sandbox.azure.resources import check_tags, page, read_body
from bot.sandbox.azure.state import Resource
from bot.sandbox.machines.port import CommandResult

ACTION = "virtualMachines.runCommand"
KEPT_BYTES = 4096
"""Bytes that Azure keeps of each stream, counted from its end."""
LONGEST_RUN = 5400
"""Seconds after which Azure ends a run command (90 minutes)."""

_SHELL, _POWERSHELL = "RunShellScript", "RunPowerShellScript"
_ADD_OPENSSH = "Add-WindowsCapability -Online -Name 'OpenSSH.Server~~~~0.0.1.0' | Out-Null"
"""The script of the extension WindowsOpenSSH: install the server and start it with Windows."""
_START_OPENSSH = "Set-Service -Name sshd -StartupType Automatic; Restart-Service -Name sshd"
_SCRIPTS = frozenset({"customscript", "customscriptextension"})
_EXTENSIONS = frozenset(
    {
        ("microsoft.azure.extensions", "customscript"),
        ("microsoft.compute", "customscriptextension"),
        ("microsoft.azure.openssh", "windowsopenssh"),
        ("microsoft.azure.monitor", "azuremonitorlinuxagent"),
        # A sandbox has no GPU: these extensions are accepted and do nothing.
        ("microsoft.hpccompute", "nvidiagpudriverlinux"),
        ("microsoft.hpccompute", "nvidiagpudriverwindows"),
    }
)
"""The known extensions as (publisher, type) in lower case."""
_HIDDEN = ("protectedParameters", "protectedSettings")
_WORDS = {"runcommands": "runCommands", "extensions": "extensions"}


async def invoke(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle POST runCommand: one at a time, and only on a running VM."""
    vm = _running_vm(azure, request)
    body = await read_body(request)
    is_windows = _is_windows(vm)
    if body.get("commandId") != (_POWERSHELL if is_windows else _SHELL):
        text = f"The entity was not found: commandId '{body.get('commandId')}'."
        raise ArmError("NotFound", text, status=404)
    running = azure.operations.running(vm["id"])
    if running is not None:
        raise ArmError(
            "Conflict",
            "Run command extension execution is in progress. Please wait for completion before "
            "invoking a run command.",
            status=409,
        )
    lines, parameters = "\n".join(body.get("script") or ()), body.get("parameters") or ()
    script = _script(lines, parameters, is_windows=is_windows)
    fault = request.get(FAULT)
    record = azure.begin(ACTION, vm["id"], "Microsoft.Compute", fault, {"script": script})
    headers = azure.operation_headers(request, record, location=True)
    return web.Response(status=202, headers=headers)


async def put_child(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle the PUT of a managed run command or of an extension."""
    vm, word = _running_vm(azure, request), _WORDS[match["child"].lower()]
    body = await read_body(request)
    check_tags(body.get("tags") or {})
    placed = body | {"location": body.get("location", vm["location"])}
    policies.require_allowed(azure.state, request.path, f"{compute.VM}/{word}", placed)
    properties = dict(body.get("properties") or {})
    hidden = {name: properties.pop(name) for name in _HIDDEN if name in properties}
    if word == "extensions":
        _require_extension(properties, vm["location"])
    existing = azure.state.find(request.path)
    resource: Resource = {
        "id": f"{vm['id']}/{word}/{match['child_name']}",
        "name": match["child_name"],
        "type": f"{compute.VM}/{word}",
        "location": body.get("location", vm["location"]),
        "tags": body.get("tags") or {},
        "properties": properties | {"provisioningState": "Creating"},
    }
    azure.state.put(resource, hidden)
    operation, fault = f"virtualMachines/{word}.put", request.get(FAULT)
    record = azure.begin(operation, resource["id"], "Microsoft.Compute", fault)
    headers = azure.operation_headers(request, record, location=False)
    status = 201 if existing is None else 200
    return web.json_response(resource, status=status, headers=headers)


async def get_child(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle GET; the output comes only if the request asks for the instance view."""
    resource = azure.require(request.path)
    view = azure.state.secrets_of(resource).get("view")
    if view and request.query.get("$expand", "").lower() == "instanceview":
        resource = resource | {"properties": resource["properties"] | {"instanceView": view}}
    return web.json_response(resource)


async def list_children(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List all run commands or extensions of one VM."""
    vm = azure.require(_vm_id(request))
    prefix = f"{vm['id']}/{match['child']}/".lower()
    found = [each for key, each in azure.state.resources.items() if key.startswith(prefix)]
    return page(request, found, len(found) or 1)


async def delete_child(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """Handle DELETE; the answer is 204 for a missing resource."""
    resource = azure.state.find(request.path)
    if resource is None:
        return web.Response(status=204)
    running = azure.operations.running(resource["id"])
    if running is not None:
        await azure.operations.cancel(running)
    resource["properties"]["provisioningState"] = "Deleting"
    operation = f"virtualMachines/{_WORDS[match['child'].lower()]}.delete"
    fault = request.get(FAULT)
    record = azure.begin(operation, resource["id"], "Microsoft.Compute", fault)
    headers = azure.operation_headers(request, record, location=True)
    return web.Response(status=202, headers=headers)


def register_finishers(azure: Azure) -> None:
    """Register how these operations end."""

    async def finish_action(vm_id: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = await _run(azure, azure.require(vm_id), arguments["script"])
        state = _verdict(result)
        message = f"{state}: \n[stdout]\n{_end(result.stdout)}\n[stderr]\n{_end(result.stderr)}"
        status = {"code": "ProvisioningState/succeeded", "level": "Info"}
        return {"value": [status | {"displayStatus": "Succeeded", "message": message}]}

    async def finish_command(resource_id: str, _arguments: dict[str, Any]) -> None:
        await _finish_command(azure, azure.require(resource_id))

    async def finish_extension(resource_id: str, _arguments: dict[str, Any]) -> None:
        await _finish_extension(azure, azure.require(resource_id))

    async def finish_delete(resource_id: str, _arguments: dict[str, Any]) -> None:
        azure.state.remove(resource_id)

    finishers = azure.operations.finishers
    finishers[ACTION] = finish_action
    finishers["virtualMachines/runCommands.put"] = finish_command
    finishers["virtualMachines/extensions.put"] = finish_extension
    for word in _WORDS.values():
        finishers[f"virtualMachines/{word}.delete"] = finish_delete


async def _finish_command(azure: Azure, resource: Resource) -> None:
    properties, hidden = resource["properties"], azure.state.secrets_of(resource)
    parameters = [*(properties.get("parameters") or ()), *(hidden.get("protectedParameters") or ())]
    vm, source = _vm_of(azure, resource), (properties.get("source") or {}).get("script") or ""
    script = _script(source, parameters, is_windows=_is_windows(vm))
    started = _now()
    result = await _run(azure, vm, script, properties.get("timeoutInSeconds"))
    hidden.pop("protectedParameters", None)  # the agent no longer needs them
    failed = result.exit_code != 0
    hidden["view"] = {
        "executionState": "Failed" if failed else "Succeeded",
        "executionMessage": _verdict(result),
        "exitCode": result.exit_code,
        "output": _end(result.stdout),
        "error": _end(result.stderr),
        "startTime": started,
        "endTime": _now(),
    }
    if failed and properties.get("treatFailureAsDeploymentFailure"):
        raise ArmError("VMExtensionProvisioningError", _failure_text(resource, result))
    properties["provisioningState"] = "Succeeded"


async def _finish_extension(azure: Azure, resource: Resource) -> None:
    properties, hidden = resource["properties"], azure.state.secrets_of(resource)
    settings = (properties.get("settings") or {}) | (hidden.get("protectedSettings") or {})
    command = settings.get("commandToExecute")
    kind = str(properties.get("type", "")).lower()
    if kind == "windowsopenssh":
        command = f"$ErrorActionPreference = 'Stop'\n{_ADD_OPENSSH}\n{_START_OPENSSH}"
    if kind in {*_SCRIPTS, "windowsopenssh"} and command:
        result = await _run(azure, _vm_of(azure, resource), command)
        if result.exit_code != 0:
            raise ArmError("VMExtensionProvisioningError", _failure_text(resource, result))
    properties["provisioningState"] = "Succeeded"


async def _run(
    azure: Azure, vm: Resource, script: str, seconds: float | None = None
) -> CommandResult:
    machine_id = azure.state.secrets_of(vm)["machine_id"]
    return await azure.machines.run_command(machine_id, script, seconds or LONGEST_RUN)


def _is_windows(vm: Resource) -> bool:
    return compute.is_windows(vm["properties"]["storageProfile"]["imageReference"])


def _script(script: str, parameters: Any, *, is_windows: bool) -> str:
    """Return the script with its parameters: variables of the shell, or arguments by name on
    Windows."""
    if is_windows:
        words = [f"-{each['name']} {_quoted(str(each['value']))}" for each in parameters]
        return f"& {{\n{script}\n}} {' '.join(words)}"
    lines = [f"export {each['name']}={shlex.quote(str(each['value']))}" for each in parameters]
    return "\n".join([*lines, script])


def _quoted(text: str) -> str:
    """Return a string literal of PowerShell in which nothing is expanded."""
    return "'" + text.replace("'", "''") + "'"


def _running_vm(azure: Azure, request: web.Request) -> Resource:
    vm = azure.require(_vm_id(request))
    if azure.state.secrets_of(vm).get("power") != "running":
        text = "Cannot modify extensions in the VM when the VM is not running."
        raise ArmError("OperationNotAllowed", text)
    return vm


def _vm_id(request: web.Request) -> str:
    return "/".join(request.path.split("/")[:9])


def _vm_of(azure: Azure, child: Resource) -> Resource:
    return azure.require("/".join(child["id"].split("/")[:9]))


def _require_extension(properties: dict[str, Any], location: str) -> None:
    publisher, kind = str(properties.get("publisher", "")), str(properties.get("type", ""))
    if (publisher.lower(), kind.lower()) not in _EXTENSIONS:
        raise ArmError(
            "ArtifactNotFound",
            f"The VM extension with publisher '{publisher}' and type '{kind}' could not be found "
            f"in location '{location}'.",
            status=404,
        )


def _verdict(result: CommandResult) -> str:
    if result.exit_code == 0:
        return "Enable succeeded"
    return (
        "Enable failed: failed to execute command: command terminated with exit "
        f"status={result.exit_code}"
    )


def _failure_text(resource: Resource, result: CommandResult) -> str:
    return (
        f"VM has reported a failure when processing extension '{resource['name']}'. Error message: "
        f"'{_verdict(result)}\n[stdout]\n{_end(result.stdout)}\n[stderr]\n{_end(result.stderr)}'."
    )


def _end(text: str) -> str:
    return text.encode()[-KEPT_BYTES:].decode(errors="ignore")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
