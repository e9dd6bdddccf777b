"""Virtual machines: their creation, which a second call continues, and their power states."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import AzureCapacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import (
    AzureFailure,
    core_error,
    failure_of,
    from_sdk,
    translated,
)
from provisioning.adapters.azure.reading import or_none, whole_page
from provisioning.adapters.azure.snapshots import AzureSnapshots, system_of
from provisioning.adapters.azure.vm_reading import failure_in, power_of, size_of, where
from provisioning.adapters.azure.vm_requests import body_of_disk, body_of_image, properties_of
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import Boot, CloudMachine, PowerState
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Machines
from provisioning.platforms.catalogue import Platform

if TYPE_CHECKING:
    from azure.mgmt.compute.models import VirtualMachine

_OPERATION = N_("create the machine")
_SYSTEM_IS_SILENT = frozenset({"OSProvisioningTimedOut"})
"""Failures after which the machine may run nevertheless: SSH will show it."""


class AzureMachines(Machines):
    """Everything of Microsoft.Compute/virtualMachines but deletion."""

    def __init__(
        self,
        clients: AzureClients,
        capacity: AzureCapacity,
        snapshots: AzureSnapshots,
        installation: str,
    ) -> None:
        self._clients = clients
        self._config = clients.config
        self._capacity = capacity
        self._snapshots = snapshots
        self._installation = installation

    @override
    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        if await self._is_to_be_made(server):
            trusted = await self._trusted_launch(server, platform)
            body = body_of_image(server, platform, boot)
            await self._create(server, self._body(server, body, trusted_launch=trusted))
            return
        await self._wait_until_provisioned(server)

    @override
    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        disk = await self._snapshots.ensure_disk(server)
        if await self._is_to_be_made(server):
            system = system_of(disk)
            trusted = system.get("securityProfile", {}).get("securityType") == "TrustedLaunch"
            body = self._body(server, body_of_disk(disk, system), trusted_launch=trusted)
            body["tags"][names.TAG_IMAGE] = platform.release(server.release).image
            await self._create(server, body)
            return
        await self._wait_until_provisioned(server)

    async def _is_to_be_made(self, server: Server) -> bool:
        with translated(_OPERATION, self._facts(server)):
            found = await or_none(self._get(server.id))
        if found is None:
            return True
        if (found.tags or {}).get(names.TAG_SERVER) != server.id:
            raise PermanentError(
                N_(
                    "Azure already has a machine named `{name}` that is not the bot's. Create the "
                    "server again: its machine gets another name.",
                    name=names.vm(server.id),
                ),
                "NameTaken",
            )
        return False

    @override
    async def power_states(self, server_ids: Sequence[str]) -> Mapping[str, PowerState]:
        """Return the power states from one list.

        Azure's `statusOnly` covers the whole subscription, and leaves out tags and properties.
        """
        inside = f"/resourcegroups/{self._config.resource_group}/".lower()
        found: dict[str, PowerState] = {}
        with translated(N_("list the machines"), self._clients.facts):
            pages = self._clients.compute.virtual_machines.list_all(
                status_only="true", raw_response_hook=whole_page
            )
            async for vm in pages:
                if inside in (vm.id or "").lower():
                    found[str(vm.name)] = power_of(vm)
        return {each: found.get(names.vm(each), PowerState.ABSENT) for each in server_ids}

    @override
    async def find(self, server_id: str) -> CloudMachine | None:
        vm = await self._look(server_id)
        tags = (vm.tags or {}) if vm is not None else {}
        if vm is None or tags.get(names.TAG_INSTALLATION) != self._installation:
            return None
        disks = vm.storage_profile
        image = disks.image_reference if disks else None
        parts = (image.publisher, image.offer, image.sku) if image else ()
        return CloudMachine(
            server_id=server_id,
            server_name=tags.get(names.TAG_NAME, ""),
            owner=tags.get(names.TAG_OWNER, ""),
            power=power_of(vm),
            size=size_of(vm),
            region=vm.location or "",
            image=":".join(part or "" for part in parts) or tags.get(names.TAG_IMAGE, ""),
            created_at=vm.time_created,
        )

    @override
    async def stop(self, server_id: str) -> None:
        vm = await self._look(server_id)
        if vm is None or power_of(vm) is not PowerState.DEALLOCATED:
            await self._run(N_("stop the machine"), "begin_deallocate", server_id, vm)

    @override
    async def start(self, server_id: str) -> None:
        vm = await self._look(server_id)
        if vm is None or power_of(vm) is not PowerState.RUNNING:
            await self._run(N_("start the machine"), "begin_start", server_id, vm)

    @override
    async def resize(self, server_id: str, size: str) -> None:
        vm = await self._look(server_id)
        if vm is not None and size_of(vm).lower() == size.lower():
            return
        begin = self._clients.compute.virtual_machines.begin_update
        body = {"properties": {"hardwareProfile": {"vmSize": size}}}
        group, name = self._config.resource_group, names.vm(server_id)
        facts = {**where(vm), "size": size}
        await self._clients.finish(N_("resize the machine"), begin, group, name, body, **facts)

    @override
    async def restart(self, server_id: str) -> None:
        vm = await self._look(server_id)
        await self._run(N_("restart the machine"), "begin_restart", server_id, vm)

    async def _look(self, server_id: str) -> "VirtualMachine | None":
        with translated(N_("read the machine"), self._clients.facts):
            return await or_none(self._get(server_id))

    async def _run(
        self, operation: str, method: str, server_id: str, vm: "VirtualMachine | None"
    ) -> None:
        begin = getattr(self._clients.compute.virtual_machines, method)
        group, name = self._config.resource_group, names.vm(server_id)
        await self._clients.finish(operation, begin, group, name, **where(vm))

    async def _trusted_launch(self, server: Server, platform: Platform) -> bool:
        wanted = platform.release(server.release).trusted_launch
        return wanted and await self._capacity.allows_trusted_launch(server.size, server.region)

    async def _create(self, server: Server, body: dict[str, Any]) -> None:
        try:
            await self._clients.finish_raw(
                self._clients.compute.virtual_machines.begin_create_or_update,
                self._config.resource_group,
                names.vm(server.id),
                body,
            )
        except AzureError as error:
            if failure_of(error).code in _SYSTEM_IS_SILENT:
                await self._wait_until_provisioned(server)
                return
            raise from_sdk(error, _OPERATION, self._facts(server)) from error

    async def _wait_until_provisioned(self, server: Server) -> None:
        deadline = asyncio.get_running_loop().time() + self._clients.patience.operation
        while asyncio.get_running_loop().time() < deadline:
            with translated(_OPERATION, self._facts(server)):
                vm = await or_none(self._get(server.id))
            if vm is None or vm.provisioning_state == "Deleting":
                raise core_error(
                    AzureFailure("ResourceNotFound", ""), _OPERATION, self._clients.facts
                )
            if vm.provisioning_state == "Succeeded":
                return
            if vm.provisioning_state in ("Failed", "Canceled"):
                self._judge(server, vm)
                return
            await asyncio.sleep(self._config.poll_seconds)
        raise NotYet(N_("Azure is still creating the machine"))

    def _judge(self, server: Server, vm: "VirtualMachine") -> None:
        """Raise the error of a failed VM, unless the VM runs and was only slow to report."""
        code, message = failure_in(vm)
        if code in _SYSTEM_IS_SILENT and power_of(vm) is PowerState.RUNNING:
            return
        raise core_error(AzureFailure(code, message), _OPERATION, self._facts(server))

    async def _get(self, server_id: str) -> "VirtualMachine":
        return await self._clients.compute.virtual_machines.get(
            self._config.resource_group, names.vm(server_id), expand="instanceView"
        )

    def _facts(self, server: Server) -> dict[str, str]:
        return {**self._clients.facts_in(server.region), "size": server.size}

    def _body(
        self, server: Server, system: dict[str, Any], *, trusted_launch: bool
    ) -> dict[str, Any]:
        nic = names.resource_id(
            self._config, "Microsoft.Network/networkInterfaces", names.nic(server.id)
        )
        tags = names.tags(server, self._installation)
        return {
            "location": server.region,
            "tags": tags,
            "properties": properties_of(server, system, nic, trusted_launch=trusted_launch),
        }
