"""The creation of one VM: waited for, put again after a failure that may pass, then made anew.

How often a VM was put is a tag of the VM, so that it counts across processes and restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import (
    AzureFailure,
    core_error,
    failure_of,
    from_sdk,
    translated,
)
from provisioning.adapters.azure.pacing import USUAL_SECONDS
from provisioning.adapters.azure.reading import or_none
from provisioning.adapters.azure.vm_reading import ended_badly, failure_in, keeps, power_of
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import PowerState
from provisioning.core.model.server import Server

if TYPE_CHECKING:
    from azure.mgmt.compute.models import VirtualMachine

OPERATION = N_("create the machine")
_USUAL = USUAL_SECONDS["VirtualMachinesOperations.begin_create_or_update"]
PUTS_OF_ONE_VM = 3
"""Number of PUTs after which a VM that still fails is deleted and made anew."""
MOST_PUTS = 5
"""Number of PUTs of a server's VM after which its creation fails."""
_SYSTEM_IS_SILENT = frozenset({"OSProvisioningTimedOut"})
"""Failures after which the machine may run nevertheless: SSH will show it."""
_OPERATION_FAILED = 200
"""The HTTP status of a failure that Azure reports in the body of an operation."""


class VmMaking:
    """Makes a server's VM, whatever an earlier attempt has left."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._group = clients.config.resource_group

    async def ensure(
        self, server: Server, make_body: Callable[[], Awaitable[dict[str, Any]]]
    ) -> None:
        """Return when the VM is provisioned; `make_body` returns the body of its PUT.

        Raises `NotYet` after a failure that may pass; the next call puts the VM again, and after
        `PUTS_OF_ONE_VM` of them deletes it first. A disk with data (`Attach`) is never deleted.
        """
        vm = await self._present(server)
        if vm is None:
            await self._put(server, await make_body(), 1)
        elif not ended_badly(vm):
            await self._wait(server)
        elif not self._runs_nevertheless(vm):
            self._require_worth_another(server, vm)
            await self._put_again(server, vm, await make_body())

    async def _present(self, server: Server) -> "VirtualMachine | None":
        with translated(OPERATION, self._facts(server)):
            found = await or_none(self._get(server))
        if found is not None and (found.tags or {}).get(names.TAG_SERVER) != server.id:
            raise PermanentError(
                N_(
                    "Azure already has a machine named `{name}` that is not the bot's. Create the "
                    "server again: its machine gets another name.",
                    name=names.vm(server.id),
                ),
                "NameTaken",
            )
        return found

    async def _wait(self, server: Server) -> None:
        """Wait until Azure has provisioned the VM; raise the error of a VM that has failed."""
        deadline = asyncio.get_running_loop().time() + self._clients.patience.operation
        pace = self._clients.pace(_USUAL)
        while asyncio.get_running_loop().time() < deadline:
            vm = await self._present(server)
            if vm is None or vm.provisioning_state == "Deleting":
                raise NotYet(N_("Azure does not show the new machine"), 5.0)
            if vm.provisioning_state == "Succeeded":
                return
            if ended_badly(vm):
                if not self._runs_nevertheless(vm):
                    raise self._error(server, vm)
                return
            await asyncio.sleep(pace.pause())
        raise NotYet(N_("Azure is still creating the machine"))

    def _runs_nevertheless(self, vm: "VirtualMachine") -> bool:
        """Return whether a failed VM runs, and was only slow to report."""
        code, _message = failure_in(vm)
        return code in _SYSTEM_IS_SILENT and power_of(vm) is PowerState.RUNNING

    def _error(self, server: Server, vm: "VirtualMachine") -> Exception:
        code, message = failure_in(vm)
        return core_error(AzureFailure(code, message), OPERATION, self._facts(server))

    def _require_worth_another(self, server: Server, vm: "VirtualMachine") -> None:
        """Raise the VM's error unless it may pass, and the last one after `MOST_PUTS`."""
        error = self._error(server, vm)
        if not isinstance(error, NotYet):
            raise error
        if _puts(vm) >= MOST_PUTS:
            code, _message = failure_in(vm)
            raise PermanentError(
                N_(
                    "Azure failed to create the machine {count} times ({code}). Create the server "
                    "again later, or choose another size with `--size`.",
                    count=_puts(vm),
                    code=code,
                ),
                "MachineFailed",
            )

    async def _put_again(self, server: Server, vm: "VirtualMachine", body: dict[str, Any]) -> None:
        if _puts(vm) >= PUTS_OF_ONE_VM:
            await self._remove(server, body)
        await self._put(server, body, _puts(vm) + 1)

    async def _put(self, server: Server, body: dict[str, Any], number: int) -> None:
        if number > 1:
            body["tags"][names.TAG_PUTS] = str(number)
        begin = self._clients.compute.virtual_machines.begin_create_or_update
        try:
            await self._clients.finish_raw(begin, self._group, names.vm(server.id), body)
        except AzureError as error:
            failure = failure_of(error)
            if failure.code in _SYSTEM_IS_SILENT:
                await self._wait(server)
                return
            if failure.code == "PropertyChangeNotAllowed" and number > 1:
                # The VM can't be put again as it is: Windows' password differs each time.
                await self._remove(server, body)
                raise NotYet(N_("The machine that failed is made anew")) from error
            raise self._after(error, failure, server, number) from error

    def _after(
        self, error: AzureError, failure: AzureFailure, server: Server, number: int
    ) -> Exception:
        core = from_sdk(error, OPERATION, self._facts(server))
        if isinstance(core, NotYet) and failure.status == _OPERATION_FAILED:
            again = N_(
                "Azure failed to create the machine (attempt {number} of {most}); the bot tries "
                "again",
                number=number,
                most=MOST_PUTS,
            )
            return NotYet(again, core.retry_in)
        return core

    async def _remove(self, server: Server, body: dict[str, Any]) -> None:
        """Delete the VM, but not its interface and address, nor a disk with data.

        The VM lets go of them first, and is deleted only if Azure shows that it did.
        """
        keeps_disk = body["properties"]["storageProfile"]["osDisk"]["createOption"] == "Attach"
        operations, name = self._clients.compute.virtual_machines, names.vm(server.id)
        operation = N_("make the machine anew")
        vm = await self._present(server)
        if vm is not None and not keeps(vm, disk=keeps_disk):
            let_go = _letting_go(body, disk=keeps_disk)
            try:
                await self._clients.finish_raw(operations.begin_update, self._group, name, let_go)
            except AzureError as error:
                core = from_sdk(error, operation, self._facts(server))
                if not isinstance(core, NotYet):
                    raise core from error
            vm = await self._present(server)
        if vm is None:
            return
        if not keeps(vm, disk=keeps_disk):
            raise NotYet(N_("Azure has not released a part of the machine yet"), 5.0)
        try:
            await self._clients.finish(operation, operations.begin_delete, self._group, name)
        except ResourceNotFoundError:
            return

    async def _get(self, server: Server) -> "VirtualMachine":
        return await self._clients.compute.virtual_machines.get(
            self._group, names.vm(server.id), expand="instanceView"
        )

    def _facts(self, server: Server) -> dict[str, str]:
        return {**self._clients.facts_in(server.region), "size": server.size}


def _puts(vm: "VirtualMachine") -> int:
    """Return how often the VM was put, by its tag; the first PUT has none."""
    text = (vm.tags or {}).get(names.TAG_PUTS, "1")
    return int(text) if text.isdecimal() else 1


def _letting_go(body: dict[str, Any], *, disk: bool) -> dict[str, Any]:
    """Return the PATCH after which a deletion of the VM spares its interface, and its disk."""
    nics = [
        {**nic, "properties": {**nic["properties"], "deleteOption": "Detach"}}
        for nic in body["properties"]["networkProfile"]["networkInterfaces"]
    ]
    properties: dict[str, Any] = {"networkProfile": {"networkInterfaces": nics}}
    if disk:
        properties["storageProfile"] = {"osDisk": {"deleteOption": "Detach"}}
    return {"properties": properties}
