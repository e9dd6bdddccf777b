"""Virtual machines: what they are made of, and their power states."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import AzureCapacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import translated
from provisioning.adapters.azure.images import AzureImages
from provisioning.adapters.azure.reading import or_none, whole_page
from provisioning.adapters.azure.snapshots import AzureSnapshots, system_of
from provisioning.adapters.azure.vm_making import VmMaking
from provisioning.adapters.azure.vm_reading import ended_badly, power_of, size_of, where
from provisioning.adapters.azure.vm_requests import body_of_disk, body_of_image, properties_of
from provisioning.core.language import N_
from provisioning.core.model.cloud import Boot, CloudMachine, PowerState
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Machines
from provisioning.platforms.catalogue import Platform

if TYPE_CHECKING:
    from azure.mgmt.compute.models import VirtualMachine


class AzureMachines(Machines):
    """Everything of Microsoft.Compute/virtualMachines but deletion."""

    def __init__(
        self,
        clients: AzureClients,
        capacity: AzureCapacity,
        images: AzureImages,
        snapshots: AzureSnapshots,
        installation: str,
    ) -> None:
        self._clients = clients
        self._config = clients.config
        self._capacity = capacity
        self._images = images
        self._snapshots = snapshots
        self._installation = installation
        self._making = VmMaking(clients)

    @override
    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        async def body() -> dict[str, Any]:
            trusted = await self._trusted_launch(server, platform)
            system = body_of_image(server, platform, boot)
            return self._body(server, system, trusted_launch=trusted)

        await self._making.ensure(server, body)

    @override
    async def ensure_vm_of_copy(self, server: Server, platform: Platform) -> None:
        disk = await self._snapshots.ensure_disk(server)

        async def body() -> dict[str, Any]:
            system = system_of(disk)
            trusted = system.get("securityProfile", {}).get("securityType") == "TrustedLaunch"
            made = self._body(server, body_of_disk(disk, system), trusted_launch=trusted)
            made["tags"][names.TAG_IMAGE] = platform.release(server.release).image
            return made

        await self._making.ensure(server, body)

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
                    found[str(vm.name).lower()] = power_of(vm)
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
            region=names.spelled(vm.location),
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
        if vm is not None and size_of(vm).lower() == size.lower() and not ended_badly(vm):
            return
        begin = self._clients.compute.virtual_machines.begin_update
        body = {"properties": {"hardwareProfile": {"vmSize": size}}}
        group, name = self._config.resource_group, names.vm(server_id)
        facts = {**where(vm), "size": size}
        await self._clients.finish(N_("resize the machine"), begin, group, name, body, **facts)

    @override
    async def grow_disk(self, server_id: str, gb: int) -> None:
        disks, group = self._clients.compute.disks, self._config.resource_group
        name = names.disk(server_id)
        with translated(N_("read the disk"), self._clients.facts):
            disk = await or_none(disks.get(group, name))
        if disk is not None and (disk.disk_size_gb or 0) >= gb:
            return
        facts = {"region": disk.location} if disk is not None else {}
        body = {"properties": {"diskSizeGB": gb}}
        operation = N_("enlarge the disk")
        await self._clients.finish(operation, disks.begin_update, group, name, body, **facts)

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
        release, region = platform.release(server.release), server.region
        return (
            release.trusted_launch
            and await self._capacity.allows_trusted_launch(server.size, region)
            and await self._images.allows_trusted_launch(release.image, region)
        )

    async def _get(self, server_id: str) -> "VirtualMachine":
        return await self._clients.compute.virtual_machines.get(
            self._config.resource_group, names.vm(server_id), expand="instanceView"
        )

    def _body(
        self, server: Server, system: dict[str, Any], *, trusted_launch: bool
    ) -> dict[str, Any]:
        nic = names.resource_id(
            self._config, "Microsoft.Network/networkInterfaces", names.nic(server.id)
        )
        tags = names.tags(server, self._installation, self._config)
        return {
            "location": server.region,
            "tags": tags,
            "properties": properties_of(server, system, nic, trusted_launch=trusted_launch),
        }
