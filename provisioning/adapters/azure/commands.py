"""What Azure's agent runs on a VM: managed run commands and extensions.

Both are children of the VM: they have no tags and are deleted with it. Managed run commands,
since the other kind has no secret parameters.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.config import tags_in
from provisioning.adapters.azure.errors import AzureFailure, core_error, translated
from provisioning.adapters.azure.pacing import USUAL_SECONDS
from provisioning.adapters.azure.reading import or_none
from provisioning.core.errors import NotYet
from provisioning.core.language import N_
from provisioning.core.model.cloud import MachineCommand
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import MachineCommands

COMMAND_SECONDS = 1200
"""Longest time of a script; Azure's own limit is 90 minutes."""

_RUN, _EXTEND = N_("run a command on the machine"), N_("install an extension on the machine")
_USUAL = USUAL_SECONDS["VirtualMachineRunCommandsOperations.begin_create_or_update"]
MOST_FAILURES = 3
"""Number of times that a process begins again what Azure failed to run."""
_ENDED_BADLY = ("Failed", "Canceled")


class AzureCommands(MachineCommands):
    """Everything of Microsoft.Compute/virtualMachines/{runCommands,extensions}."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._config = clients.config
        self._failures: Counter[tuple[str, ...]] = Counter()

    @override
    async def ensure_command(self, server: Server, command: MachineCommand) -> None:
        operations = self._clients.compute.virtual_machine_run_commands
        place = (self._config.resource_group, names.vm(server.id), names.command(command.name))

        async def look() -> Any:
            return await operations.get_by_virtual_machine(*place, expand="instanceView")

        properties = {
            "source": {"script": command.script},
            "parameters": _pairs(command.parameters),
            "protectedParameters": _pairs(command.secrets),
            "timeoutInSeconds": COMMAND_SECONDS,
            "treatFailureAsDeploymentFailure": True,
        }
        body = {**self._common(server), "properties": properties}
        await self._ensure(_RUN, look, operations.begin_create_or_update, *place, body)

    @override
    async def ensure_extension(self, server: Server, extension: str) -> None:
        operations = self._clients.compute.virtual_machine_extensions
        publisher, kind, version = extension.split(":")
        place = (self._config.resource_group, names.vm(server.id), names.command(kind.lower()))

        async def look() -> Any:
            return await operations.get(*place, expand="instanceView")

        properties = {
            "publisher": publisher,
            "type": kind,
            "typeHandlerVersion": version,
            "autoUpgradeMinorVersion": True,
        }
        body = {**self._common(server), "properties": properties}
        await self._ensure(_EXTEND, look, operations.begin_create_or_update, *place, body)

    def _common(self, server: Server) -> dict[str, Any]:
        tags = tags_in(self._config.tags)
        return {"location": server.region, **({"tags": tags} if tags else {})}

    async def _ensure(
        self,
        operation: str,
        look: Callable[[], Awaitable[Any]],
        begin: Callable[..., Any],
        *arguments: Any,
    ) -> None:
        """Begin the operation unless it has begun, and wait for its end.

        What Azure failed to run is begun again, at most `MOST_FAILURES` times; what has run and
        failed is not.
        """
        with translated(operation, self._clients.facts):
            found = await or_none(look())
        if found is None or self._may_begin_again(found, arguments[:-1]):
            await self._clients.finish(operation, begin, *arguments)
            return
        await self._wait(operation, look, found)

    def _may_begin_again(self, found: Any, place: tuple[str, ...]) -> bool:
        if found.provisioning_state not in _ENDED_BADLY or _has_run(found):
            return False
        self._failures[place] += 1
        return self._failures[place] <= MOST_FAILURES

    async def _wait(self, operation: str, look: Callable[[], Awaitable[Any]], found: Any) -> None:
        deadline = asyncio.get_running_loop().time() + self._clients.patience.operation
        pace = self._clients.pace(_USUAL)
        while found.provisioning_state != "Succeeded":
            if found.provisioning_state in _ENDED_BADLY:
                # An earlier process began it, and did not wait for its end.
                failure = AzureFailure("VMExtensionProvisioningError", _last_words(found))
                raise core_error(failure, operation, self._clients.facts)
            if asyncio.get_running_loop().time() > deadline:
                raise NotYet(N_("Azure has not finished the machine's command"))
            await asyncio.sleep(pace.pause())
            with translated(operation, self._clients.facts):
                found = await look()


def _has_run(resource: Any) -> bool:
    """Return whether the machine's agent has run the script or extension, and reported its end."""
    view = resource.instance_view
    return bool(_last_words(resource)) or bool(getattr(view, "statuses", None))


def _last_words(resource: Any) -> str:
    view = resource.instance_view
    return str(getattr(view, "error", None) or getattr(view, "execution_message", None) or "")


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
