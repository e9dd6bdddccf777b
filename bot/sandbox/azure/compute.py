"""Microsoft.Compute: virtual machines that are real machines of this computer, and disks."""

import base64
import binascii
import hashlib
import time
import uuid
from typing import Any

from bot.sandbox.azure import network, skus
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.images import require_image
from bot.sandbox.azure.state import Resource
from bot.sandbox.machines.port import MachineSpec

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"

LONGEST_CUSTOM_DATA = 65_535  # bytes, before base64
LONGEST_WINDOWS_NAME = 15


def prepare_vm(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check everything that Azure checks before it answers."""
    properties = dict(body.get("properties") or {})
    os_profile = dict(properties.get("osProfile") or {})
    custom_data = _custom_data(os_profile.pop("customData", None))
    password = os_profile.pop("adminPassword", None)
    size = (properties.get("hardwareProfile") or {}).get("vmSize", "")
    image = (properties.get("storageProfile") or {}).get("imageReference") or {}
    if existing is not None:
        _refuse_changes(azure, existing, custom_data, os_profile, image)
        _resize(azure, existing, size)
        resource["properties"] = existing["properties"]
        return azure.state.secrets_of(existing)
    require_image(image, azure.machines)
    if is_windows(image):
        _check_windows(os_profile, password)
    nics = _nics(azure, properties, resource)
    try:
        skus.require_size(size, resource["location"])
        skus.require_quota(azure.state, size, resource["location"])
    except ArmError as error:
        if error.code != "InvalidParameter":
            network.reserve(azure, nics, resource["id"])
        raise
    properties |= {
        "osProfile": os_profile | {"allowExtensionOperations": True, "secrets": []},
        "vmId": str(uuid.uuid4()),
        "timeCreated": _now(),
    }
    resource["properties"] = properties
    _attach(azure, resource, nics)
    digest = hashlib.sha256(resource["id"].lower().encode()).hexdigest()[:8]
    return {
        "machine_id": f"{resource['name'][:40]}-{digest}",
        "custom_data": base64.b64encode(custom_data).decode(),
        "has_password": password is not None,
        "power": "creating",
    }


def is_windows(image: dict[str, Any]) -> bool:
    """Whether an image reference is one of Windows."""
    return "windows" in str(image.get("offer", "")).lower()


def _check_windows(os_profile: dict[str, Any], password: str | None) -> None:
    """What Azure asks of a Windows machine's name and of its administrator's password."""
    name = str(os_profile.get("computerName", ""))
    if len(name) > LONGEST_WINDOWS_NAME or name.isdecimal():
        raise ArmError(
            "InvalidParameter",
            "Windows computer name cannot be more than 15 characters long, be entirely numeric, "
            "or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : "
            ". ' \" , < > / ?.",
        )
    kinds = (str.islower, str.isupper, str.isdigit, lambda each: not each.isalnum())
    if password is None:
        raise ArmError("InvalidParameter", "Required parameter 'adminPassword' is missing (null).")
    complex_enough = sum(any(kind(each) for each in password) for kind in kinds) >= 3
    if not complex_enough or not 12 <= len(password) <= 123:
        raise ArmError(
            "InvalidParameter",
            "The supplied password must be between 12-123 characters long and must satisfy at "
            "least 3 of password complexity requirements.",
        )


def _resize(azure: Azure, existing: Resource, size: str) -> None:
    profile = existing["properties"]["hardwareProfile"]
    if size and size.lower() != profile["vmSize"].lower():
        held = skus.SIZES[profile["vmSize"].lower()].cores
        skus.require_size(size, existing["location"])
        skus.require_quota(azure.state, size, existing["location"], held=held)
        profile["vmSize"] = size


def _custom_data(text: str | None) -> bytes:
    try:
        data = base64.b64decode(text or "", validate=True)
    except binascii.Error:
        raise ArmError("InvalidParameter", "Custom data in OSProfile must be in Base64.") from None
    if len(data) > LONGEST_CUSTOM_DATA:
        raise ArmError(
            "InvalidParameter",
            f"Custom data in OSProfile must be no longer than {LONGEST_CUSTOM_DATA} bytes.",
        )
    return data


def _refuse_changes(
    azure: Azure,
    existing: Resource,
    custom_data: bytes,
    os_profile: dict[str, Any],
    image: dict[str, Any],
) -> None:
    old = existing["properties"]
    kept = base64.b64decode(azure.state.secrets_of(existing)["custom_data"])
    changed = {
        "osProfile.customData": bool(custom_data) and custom_data != kept,
        "osProfile.computerName": os_profile.get("computerName")
        != old["osProfile"].get("computerName"),
        "imageReference": image.get("offer")
        != old["storageProfile"]["imageReference"].get("offer"),
    }
    for name, is_changed in changed.items():
        if is_changed:
            raise ArmError(
                "PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed."
            )


def _nics(azure: Azure, properties: dict[str, Any], resource: Resource) -> list[Resource]:
    references = (properties.get("networkProfile") or {}).get("networkInterfaces") or []
    if not references:
        raise ArmError("InvalidParameter", "Required parameter 'networkProfile' is missing.")
    nics = []
    for reference in references:
        nic = azure.state.find(reference["id"])
        if nic is None:
            raise ArmError("NotFound", f"Resource {reference['id']} not found.", status=404)
        holder = (nic["properties"].get("virtualMachine") or {}).get("id", "")
        if holder and holder.lower() != resource["id"].lower():
            raise ArmError("NicInUse", f"Network Interface {nic['id']} is used by {holder}.")
        network.refuse_if_reserved(azure, nic, resource["id"])
        nics.append(nic)
    return nics


def _attach(azure: Azure, resource: Resource, nics: list[Resource]) -> None:
    for nic in nics:
        nic["properties"]["virtualMachine"] = {"id": resource["id"]}
    os_disk = resource["properties"]["storageProfile"].setdefault("osDisk", {})
    os_disk.setdefault("name", f"{resource['name']}_OsDisk_1")
    group = resource["id"].rsplit("/providers/", 1)[0]
    disk_id = f"{group}/providers/{DISK}/{os_disk['name']}"
    os_disk.setdefault("managedDisk", {})["id"] = disk_id
    os_disk["osType"] = "Linux" if _is_linux(resource) else "Windows"
    azure.state.put(
        {
            "id": disk_id,
            "name": os_disk["name"],
            "type": DISK,
            "location": resource["location"],
            "tags": dict(resource.get("tags") or {}),
            "managedBy": resource["id"],
            "sku": {"name": os_disk["managedDisk"].get("storageAccountType", "Premium_LRS")},
            "properties": {
                "provisioningState": "Succeeded",
                "diskState": "Attached",
                "diskSizeGB": os_disk.get("diskSizeGB", 30),
                "osType": os_disk["osType"],
            },
        }
    )


def _is_linux(resource: Resource) -> bool:
    image = resource["properties"]["storageProfile"]["imageReference"]
    return not is_windows(image)


async def finish_vm(azure: Azure, resource: Resource) -> None:
    """The machine boots, then the VM counts as provisioned. A later PUT leaves its power."""
    hidden = azure.state.secrets_of(resource)
    if hidden["power"] == "creating":
        await azure.machines.create(_spec(azure, resource, hidden))
        hidden["power"] = "running"


def _spec(azure: Azure, resource: Resource, hidden: dict[str, Any]) -> MachineSpec:
    properties = resource["properties"]
    profile, image = properties["osProfile"], properties["storageProfile"]["imageReference"]
    linux = profile.get("linuxConfiguration") or {}
    keys = (linux.get("ssh") or {}).get("publicKeys") or []
    nic = azure.require(properties["networkProfile"]["networkInterfaces"][0]["id"])
    ip = nic["properties"]["ipConfigurations"][0]["properties"]
    public = azure.state.find(network.id_in(ip, "publicIPAddress"))
    address = public["properties"]["ipAddress"] if public else ip["privateIPAddress"]
    return MachineSpec(
        machine_id=hidden["machine_id"],
        hostname=profile.get("computerName", resource["name"]),
        os="linux" if _is_linux(resource) else "windows",
        image=f"{image.get('publisher')}:{image.get('offer')}:{image.get('sku')}",
        admin_user=profile.get("adminUsername", "azureuser"),
        authorized_keys=tuple(key["keyData"] for key in keys),
        custom_data=base64.b64decode(hidden["custom_data"]),
        address=address,
    )


async def finish_vm_delete(azure: Azure, resource: Resource) -> None:
    """The machine goes, and with it what was marked with deleteOption."""
    await azure.machines.delete(azure.state.secrets_of(resource)["machine_id"])
    prefix = f"{resource['id']}/".lower()
    for child in [each for each in azure.state.resources if each.startswith(prefix)]:
        azure.state.remove(child)
    properties = resource["properties"]
    disk = properties["storageProfile"]["osDisk"]
    if disk.get("deleteOption") == "Delete":
        azure.state.remove(disk["managedDisk"]["id"])
    for reference in properties["networkProfile"]["networkInterfaces"]:
        nic = azure.state.find(reference["id"])
        if nic is None:
            continue
        nic["properties"].pop("virtualMachine", None)
        if (reference.get("properties") or {}).get("deleteOption") == "Delete":
            network.delete_with_vm(azure, nic)


def prepare_disk(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """An empty disk, or a copy of another one."""
    resource["properties"] = dict(body.get("properties") or {}) | {"diskState": "Unattached"}
    if existing is not None:
        resource["properties"]["diskState"] = existing["properties"]["diskState"]
    resource["sku"] = body.get("sku") or {"name": "Standard_LRS"}
    source = (resource["properties"].get("creationData") or {}).get("sourceResourceId")
    if source:
        azure.require(source)
    return {}


def check_disk_delete(azure: Azure, resource: Resource) -> None:
    """A disk of a VM stays."""
    holder = resource.get("managedBy", "")
    if holder and azure.state.find(holder) is not None:
        raise ArmError(
            "OperationNotAllowed", f"Disk {resource['name']} is attached to VM {holder}."
        )


def instance_view(azure: Azure, resource: Resource) -> dict[str, Any]:
    """Provisioning and power, as statuses."""
    hidden = azure.state.secrets_of(resource)
    state = resource["properties"]["provisioningState"].lower()
    statuses = [{"code": f"ProvisioningState/{state}", "level": "Info", "time": _now()}]
    failure = hidden.get("failure")
    if state == "failed" and failure:
        statuses[0] |= {
            "code": f"ProvisioningState/failed/{failure['code']}",
            "level": "Error",
            "message": failure["message"],
        }
    power = hidden.get("power", "unknown")
    if power != "creating":
        display = f"VM {power}"
        code = f"PowerState/{power}"
        statuses.append({"code": code, "level": "Info", "displayStatus": display})
    return {
        "computerName": resource["properties"]["osProfile"].get("computerName"),
        "statuses": statuses,
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
