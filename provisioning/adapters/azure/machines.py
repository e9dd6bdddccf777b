"""Virtual machines: making them so that a second call goes on, and their power states."""

import asyncio
import base64
import secrets
from enum import Enum
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError

from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import Capacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.copies import system_of
from provisioning.adapters.azure.errors import Failure, explain, failure_of, from_sdk, translated
from provisioning.adapters.azure.network import or_none
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import Boot, CloudMachine, PowerState
from provisioning.core.model.server import Server
from provisioning.platforms.catalogue import Platform, get_platform

if TYPE_CHECKING:
    from azure.mgmt.compute.models import Disk, VirtualMachine

_OPERATION = N_("create the machine")
_SYSTEM_IS_SILENT = frozenset({"OSProvisioningTimedOut"})
"""Failures after which the machine may run nevertheless: SSH will tell."""


POWER_STATES = {
    f"PowerState/{state}": state
    for state in PowerState
    if state not in (PowerState.ABSENT, PowerState.UNKNOWN)
}
"""The status code in a VM's instance view -> ours."""


class Machines:
    """Everything of Microsoft.Compute/virtualMachines but their deletion."""

    def __init__(self, clients: AzureClients, capacity: Capacity, installation: str) -> None:
        self._clients = clients
        self._config = clients.config
        self._capacity = capacity
        self._installation = installation

    async def ensure_vm(self, server: Server, platform: Platform, boot: Boot) -> None:
        """See `Cloud.ensure_vm`."""
        if await self._is_to_be_made(server):
            trusted = await self._trusted_launch(server, platform)
            body = _body_of_image(server, platform, boot)
            await self._create(server, self._body(server, body, trusted_launch=trusted))
            return
        await self._wait_until_provisioned(server)

    async def ensure_vm_on(self, server: Server, platform: Platform, disk: "Disk") -> None:
        """The VM on a disk that has its system already; otherwise as `ensure_vm`."""
        if await self._is_to_be_made(server):
            system = system_of(disk)
            trusted = system.get("securityProfile", {}).get("securityType") == "TrustedLaunch"
            body = self._body(server, _body_of_disk(disk, system), trusted_launch=trusted)
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
                    "Azure already has a machine of the name `{name}` that is not the bot's. "
                    "Create the server again: it gets another name.",
                    name=names.vm(server.id),
                ),
                "NameTaken",
            )
        return False

    async def power_state(self, server_id: str) -> PowerState:
        """What the VM does; `ABSENT` if it does not exist."""
        found = await self._look(server_id)
        return PowerState.ABSENT if found is None else _power_of(found)

    async def power_states(self) -> dict[str, PowerState]:
        """What each VM of the group does, by the VM's name, in one list: Azure's `statusOnly`
        goes over the subscription and leaves tags and properties out."""
        inside = f"/resourcegroups/{self._config.resource_group}/".lower()
        found = {}
        with translated(N_("list the machines"), self._clients.facts):
            pages = self._clients.compute.virtual_machines.list_all(status_only="true")
            async for vm in pages:
                if inside in (vm.id or "").lower():
                    found[str(vm.name)] = _power_of(vm)
        return found

    async def describe(self, server_id: str) -> CloudMachine | None:
        """See `Cloud.machine`."""
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
            power=_power_of(vm),
            size=_size_of(vm),
            region=vm.location or "",
            image=":".join(part or "" for part in parts) or tags.get(names.TAG_IMAGE, ""),
            created_at=vm.time_created,
        )

    async def deallocate(self, server_id: str) -> None:
        """Stop the VM and give back its hardware; disk and address stay. Silent if it is so."""
        vm = await self._look(server_id)
        if vm is None or _power_of(vm) is not PowerState.DEALLOCATED:
            await self._run(N_("stop the machine"), "begin_deallocate", server_id, vm)

    async def start(self, server_id: str) -> None:
        """Start a deallocated VM and wait until it runs. Silent if it runs."""
        vm = await self._look(server_id)
        if vm is None or _power_of(vm) is not PowerState.RUNNING:
            await self._run(N_("start the machine"), "begin_start", server_id, vm)

    async def resize(self, server_id: str, size: str) -> None:
        """Another size for a deallocated VM. Silent if it has it."""
        vm = await self._look(server_id)
        if vm is not None and _size_of(vm).lower() == size.lower():
            return
        begin = self._clients.compute.virtual_machines.begin_update
        body = {"properties": {"hardwareProfile": {"vmSize": size}}}
        group, name = self._config.resource_group, names.vm(server_id)
        facts = {**_where(vm), "size": size}
        await self._clients.finish(N_("resize the machine"), begin, group, name, body, **facts)

    async def restart(self, server_id: str) -> None:
        """Boot the VM again and wait until it runs."""
        vm = await self._look(server_id)
        await self._run(N_("restart the machine"), "begin_restart", server_id, vm)

    async def _look(self, server_id: str) -> "VirtualMachine | None":
        with translated(N_("look at the machine"), self._clients.facts):
            return await or_none(self._get(server_id))

    async def _run(
        self, operation: str, method: str, server_id: str, vm: "VirtualMachine | None"
    ) -> None:
        begin = getattr(self._clients.compute.virtual_machines, method)
        group, name = self._config.resource_group, names.vm(server_id)
        await self._clients.finish(operation, begin, group, name, **_where(vm))

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
                raise explain(Failure("ResourceNotFound", ""), _OPERATION, self._clients.facts)
            if vm.provisioning_state == "Succeeded":
                return
            if vm.provisioning_state in ("Failed", "Canceled"):
                self._judge(server, vm)
                return
            await asyncio.sleep(self._config.poll_seconds)
        raise NotYet(N_("Azure is still creating the machine"))

    def _judge(self, server: Server, vm: "VirtualMachine") -> None:
        """Raise what a failed VM says of itself, unless it runs and only was slow to report."""
        code, message = _failure_in(vm)
        if code in _SYSTEM_IS_SILENT and _power_of(vm) is PowerState.RUNNING:
            return
        raise explain(Failure(code, message), _OPERATION, self._facts(server))

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
        properties: dict[str, Any] = {
            "hardwareProfile": {"vmSize": server.size},
            **system,
            "networkProfile": {
                "networkInterfaces": [
                    {"id": nic, "properties": {"primary": True, "deleteOption": "Delete"}}
                ]
            },
        }
        if trusted_launch:
            properties["securityProfile"] = {
                "securityType": "TrustedLaunch",
                "uefiSettings": {
                    "secureBootEnabled": not _builds_a_driver(server),
                    "vTpmEnabled": True,
                },
            }
        return {
            "location": server.region,
            "tags": names.tags(server, self._installation),
            "properties": properties,
        }


def _body_of_image(server: Server, platform: Platform, boot: Boot) -> dict[str, Any]:
    windows = platform.os == "windows"
    return {
        "storageProfile": {
            "imageReference": _image(platform.release(server.release).image),
            "osDisk": {
                "name": names.disk(server.id),
                "createOption": "FromImage",
                "deleteOption": "Delete",
                "managedDisk": {"storageAccountType": names.DISK_KIND},
            },
        },
        "osProfile": _windows_profile(server, boot) if windows else _linux_profile(server, boot),
    }


def _body_of_disk(disk: "Disk", system: dict[str, Any]) -> dict[str, Any]:
    """Azure takes no osProfile then: users, keys and names are those on the disk."""
    os_disk = {
        "name": disk.name,
        "osType": system["osType"],
        "createOption": "Attach",
        "deleteOption": "Delete",
        "managedDisk": {"id": disk.id},
    }
    return {"storageProfile": {"osDisk": os_disk}}


def _builds_a_driver(server: Server) -> bool:
    """NVIDIA's module is built on a Linux machine, so nobody has signed it, and with secure boot
    the kernel would not load it."""
    platform = get_platform(server.platform)
    return platform.os == "linux" and server.size in platform.gpu_sizes


def _image(text: str) -> dict[str, str]:
    publisher, offer, sku = text.split(":")
    return {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"}


def _windows_profile(server: Server, boot: Boot) -> dict[str, Any]:
    """Azure demands a password. This one is made here and kept nowhere: nobody signs in with it,
    and SSH takes keys alone."""
    return {
        "computerName": names.computer(server.id),
        "adminUsername": boot.admin_user,
        # Of all four kinds of character, as Azure asks.
        "adminPassword": f"{secrets.token_urlsafe(48)}-aA1",
        "windowsConfiguration": {"provisionVMAgent": True, "enableAutomaticUpdates": True},
    }


def _linux_profile(server: Server, boot: Boot) -> dict[str, Any]:
    key_file = f"/home/{boot.admin_user}/.ssh/authorized_keys"
    return {
        "computerName": server.name,
        "adminUsername": boot.admin_user,
        "customData": base64.b64encode(boot.custom_data.encode()).decode(),
        "linuxConfiguration": {
            "disablePasswordAuthentication": True,
            "ssh": {"publicKeys": [{"path": key_file, "keyData": boot.authorized_key}]},
        },
    }


def _size_of(vm: "VirtualMachine") -> str:
    """As Azure spells it: the SDK makes an enumeration of the sizes that it knows."""
    size = vm.hardware_profile.vm_size if vm.hardware_profile else None
    return str(size.value if isinstance(size, Enum) else size or "")


def _where(vm: "VirtualMachine | None") -> dict[str, str]:
    """What a refusal may name of a machine that is there: its own region, and its size."""
    if vm is None or not vm.location:
        return {}
    return {"region": vm.location, "size": _size_of(vm)}


def _statuses(vm: "VirtualMachine") -> list[tuple[str, str]]:
    view = vm.instance_view
    return [(s.code or "", s.message or "") for s in (view.statuses if view else None) or ()]


def _power_of(vm: "VirtualMachine") -> PowerState:
    for code, _ in _statuses(vm):
        if code in POWER_STATES:
            return POWER_STATES[code]
    return PowerState.UNKNOWN


def _failure_in(vm: "VirtualMachine") -> tuple[str, str]:
    """Code and message of `ProvisioningState/failed/<code>`."""
    for code, message in _statuses(vm):
        parts = code.split("/")
        if parts[0] == "ProvisioningState" and len(parts) == 3:
            return parts[2], message
    return "ProvisioningFailed", ""
