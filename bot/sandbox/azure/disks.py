"""Disks and snapshots of Microsoft.Compute; a snapshot is a real copy of a machine's disk.

The content of an attached disk is the disk of its VM's machine. A snapshot or an unattached disk
has content of its own, whose name is in the hidden part of the resource.
"""

import hashlib
from typing import Any

from bot.sandbox.azure import locks
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.regions import require_same_region
from bot.sandbox.azure.state import Resource

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"

LARGEST_GB = 4095
"""Largest system disk."""

_INHERITED = ("osType", "hyperVGeneration", "securityProfile", "diskSizeGB")
"""Properties that a copy takes from its source, unless the request sets them."""


def prepare_disk(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check the PUT of an empty disk, or of a copy of a disk or snapshot.

    A snapshot is always a copy.
    """
    wanted = dict(body.get("properties") or {})
    creation = wanted.get("creationData") or {}
    resource["sku"] = body.get("sku") or {"name": "Standard_LRS"}
    if existing is not None:
        kept = {name: existing["properties"][name] for name in existing["properties"]}
        resource["properties"] = kept | wanted | {"creationData": kept.get("creationData")}
        if "managedBy" in existing:
            resource["managedBy"] = existing["managedBy"]
        return azure.state.secrets_of(existing)
    option = creation.get("createOption")
    if option is None or (resource["type"] == SNAPSHOT and option != "Copy"):
        raise ArmError(
            "InvalidParameter",
            "Required parameter 'creationData.createOption' is missing (null) or not supported.",
        )
    properties: dict[str, Any] = {"diskState": "Unattached"}
    if option == "Copy":
        source = azure.require(creation.get("sourceResourceId", ""))
        require_same_region(resource, source)
        if source["properties"].get("provisioningState") not in ("Succeeded", "Updating"):
            raise ArmError(
                "OperationNotAllowed",
                f"Resource {source['name']} cannot be copied: it is not provisioned successfully.",
            )
        properties |= _inherited(resource, source, wanted)
    resource["properties"] = properties | wanted
    digest = hashlib.sha256(resource["id"].lower().encode()).hexdigest()[:8]
    return {"disk": f"{resource['name'][:60]}-{digest}"}


def _inherited(resource: Resource, source: Resource, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what a copy takes from its source; refuse a copy that is smaller."""
    known = source["properties"]
    if int(wanted.get("diskSizeGB") or LARGEST_GB) < int(known.get("diskSizeGB", 0)):
        raise ArmError(
            "OperationNotAllowed",
            f"The size of {resource['name']} is smaller than that of its source "
            f"{source['name']}. This is not allowed.",
        )
    return {name: known[name] for name in _INHERITED if name in known}


async def finish_disk(azure: Azure, resource: Resource) -> None:
    """Copy the content at the end of the operation."""
    source_id = (resource["properties"].get("creationData") or {}).get("sourceResourceId")
    hidden = azure.state.secrets_of(resource)
    if not source_id or hidden.get("copied") or "managedBy" in resource:
        return
    source = azure.require(source_id)
    content = _content(azure, source)
    if content:
        await azure.machines.copy_disk(content, hidden["disk"])
    hidden["copied"] = True


def _content(azure: Azure, resource: Resource) -> str:
    """Return the name of the machine or disk that holds the content; "" for an empty disk."""
    vm = azure.state.find(resource.get("managedBy", ""))
    if vm is not None:
        return str(azure.state.secrets_of(vm)["machine_id"])
    hidden = azure.state.secrets_of(resource)
    return str(hidden["disk"]) if hidden.get("copied") else ""


def check_disk_delete(azure: Azure, resource: Resource) -> None:
    """Refuse to delete a disk that is attached to a VM."""
    holder = resource.get("managedBy", "")
    if holder and azure.state.find(holder) is not None:
        raise ArmError(
            "OperationNotAllowed", f"Disk {resource['name']} is attached to VM {holder}."
        )


async def finish_disk_delete(azure: Azure, resource: Resource) -> None:
    """Delete the content of the disk."""
    hidden = azure.state.secrets_of(resource)
    if "disk" in hidden:
        await azure.machines.delete_disk(hidden["disk"])


def resize_disk(azure: Azure, disk: Resource, gb: int) -> str:
    """Check a change of a disk's size, and return the machine that has it ("" for none).

    A system disk grows only while its machine is deallocated: Azure expands data disks alone
    without downtime (https://learn.microsoft.com/azure/virtual-machines/linux/expand-disks).
    """
    present = int(disk["properties"].get("diskSizeGB", 0))
    if gb == present:
        return ""
    _require_size(gb)
    if gb < present:
        raise ArmError(
            "OperationNotAllowed",
            f"Disk {disk['name']} can't be shrunk from {present} GB to {gb} GB: shrinking a disk "
            "is not supported.",
        )
    vm = azure.state.find(disk.get("managedBy", ""))
    if vm is not None and azure.state.secrets_of(vm)["power"] != "deallocated":
        raise ArmError(
            "OperationNotAllowed",
            f"Cannot resize disk {disk['name']} while it is attached to running VM {vm['id']}. "
            "Resizing a disk of an Azure Virtual Machine requires the virtual machine to be "
            "deallocated. Please stop your VM and retry the operation.",
        )
    disk["properties"]["diskSizeGB"] = gb
    if vm is None:
        return ""
    vm["properties"]["storageProfile"]["osDisk"]["diskSizeGB"] = gb
    return str(azure.state.secrets_of(vm)["machine_id"])


def _require_size(gb: int) -> None:
    if not 1 <= gb <= LARGEST_GB:
        raise ArmError(
            "InvalidParameter",
            f"The value '{gb}' of parameter 'diskSizeGB' is out of range. The value must be "
            f"between '1' and '{LARGEST_GB}', inclusive.",
            status=400,
        )


def require_image_fits(properties: dict[str, Any], *, windows: bool) -> None:
    """Refuse a system disk that is too large, or smaller than the image."""
    smallest = image_gb("Windows" if windows else "Linux")
    gb = ((properties.get("storageProfile") or {}).get("osDisk") or {}).get("diskSizeGB")
    if gb is None:
        return
    _require_size(int(gb))
    if gb < smallest:
        raise ArmError(
            "OperationNotAllowed",
            f"The specified disk size {gb} GB is smaller than the size of the corresponding disk "
            f"in the VM image: {smallest} GB. This is not allowed. Please choose equal or "
            "greater size or do not specify an explicit size.",
        )


def gb_of(azure: Azure, vm: Resource) -> int:
    """Return the size of a VM's system disk."""
    reference = vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    return int(azure.require(reference)["properties"].get("diskSizeGB", 0))


def image_gb(os_type: str) -> int:
    """Return the size of the disk in an image."""
    return 127 if os_type == "Windows" else 30


def is_attached(properties: dict[str, Any]) -> bool:
    """Return whether a VM uses an existing (specialised) disk."""
    disk = (properties.get("storageProfile") or {}).get("osDisk") or {}
    return str(disk.get("createOption", "")).lower() == "attach"


def require_attachable(azure: Azure, properties: dict[str, Any], vm_id: str) -> Resource:
    """Return the disk that a new VM uses, or raise Azure's refusal."""
    storage = properties["storageProfile"]
    if properties.get("osProfile"):
        raise ArmError("InvalidParameter", "Parameter 'osProfile' is not allowed.")
    if storage.get("imageReference"):
        raise ArmError("InvalidParameter", "Parameter 'imageReference' is not allowed.")
    os_disk = storage["osDisk"]
    if not os_disk.get("osType"):
        raise ArmError("InvalidParameter", "Required parameter 'osDisk.osType' is missing (null).")
    disk = azure.require((os_disk.get("managedDisk") or {}).get("id", ""))
    holder = disk.get("managedBy", "")
    if holder and holder.lower() != vm_id.lower() and azure.state.find(holder) is not None:
        raise ArmError(
            "ConflictingUserInput",
            f"Disk '{disk['name']}' cannot be attached as the disk is already owned by VM "
            f"'{holder}'.",
        )
    if disk["properties"].get("provisioningState") != "Succeeded":
        raise ArmError("OperationNotAllowed", f"Disk {disk['name']} is not provisioned yet.")
    if not _content(azure, disk):
        raise ArmError("InvalidParameter", f"Disk {disk['name']} has no operating system.")
    _require_same_security(properties, disk)
    return disk


def _require_same_security(properties: dict[str, Any], disk: Resource) -> None:
    of_disk = (disk["properties"].get("securityProfile") or {}).get("securityType")
    of_vm = (properties.get("securityProfile") or {}).get("securityType")
    if of_disk != of_vm:
        raise ArmError(
            "InvalidParameter",
            f"The security type of the VM ({of_vm or 'Standard'}) does not match the security "
            f"type of its OS disk ({of_disk or 'Standard'}).",
        )


def attach(azure: Azure, vm: Resource, disk: Resource) -> str:
    """Attach the disk to the VM, and return the name of the disk's content."""
    content = str(azure.state.secrets_of(disk)["disk"])
    disk["managedBy"] = vm["id"]
    disk["properties"]["diskState"] = "Attached"
    os_disk = vm["properties"]["storageProfile"]["osDisk"]
    os_disk["name"] = disk["name"]
    azure.state.touch()
    return content


def add_os_disk(azure: Azure, vm: Resource, os_type: str) -> None:
    """Add the OS disk that a VM makes of its image."""
    properties = vm["properties"]
    os_disk = properties["storageProfile"].setdefault("osDisk", {})
    os_disk.setdefault("name", f"{vm['name']}_OsDisk_1")
    group = vm["id"].rsplit("/providers/", 1)[0]
    disk_id = f"{group}/providers/{DISK}/{os_disk['name']}"
    os_disk.setdefault("managedDisk", {})["id"] = disk_id
    os_disk["osType"] = os_type
    gb = os_disk.setdefault("diskSizeGB", image_gb(os_type))
    security = (properties.get("securityProfile") or {}).get("securityType")
    azure.state.put(
        {
            "id": disk_id,
            "name": os_disk["name"],
            "type": DISK,
            "location": vm["location"],
            "tags": dict(vm.get("tags") or {}),
            "managedBy": vm["id"],
            "sku": {"name": os_disk["managedDisk"].get("storageAccountType", "Premium_LRS")},
            "properties": {
                "provisioningState": "Succeeded",
                "diskState": "Attached",
                "diskSizeGB": gb,
                "osType": os_type,
                "hyperVGeneration": "V2",
                "creationData": {"createOption": "FromImage"},
                **({"securityProfile": {"securityType": security}} if security else {}),
            },
        }
    )


async def leave_or_remove(azure: Azure, vm: Resource) -> None:
    """Delete or detach the OS disk of a VM that is deleted, before its machine is removed.

    With `deleteOption` the disk is deleted, else it stays with its content.
    """
    os_disk = vm["properties"]["storageProfile"]["osDisk"]
    disk = azure.state.find(os_disk["managedDisk"]["id"])
    if disk is None:
        return
    if os_disk.get("deleteOption") == "Delete" and not locks.keeps(azure.state, disk["id"]):
        azure.state.remove(disk["id"])
        return
    hidden = azure.state.secrets_of(disk)
    digest = hashlib.sha256(disk["id"].lower().encode()).hexdigest()[:8]
    if azure.state.secrets_of(vm)["power"] != "creating":  # else the disk is as it was attached
        hidden |= {"disk": f"{disk['name'][:60]}-{digest}", "copied": True}
        await azure.machines.copy_disk(azure.state.secrets_of(vm)["machine_id"], hidden["disk"])
    disk.pop("managedBy", None)
    disk["properties"]["diskState"] = "Unattached"
