"""Microsoft.Compute: virtual machines, each of which is a real machine of this computer."""

import base64
import binascii
import hashlib
import time
import uuid
from typing import Any

from bot.sandbox.azure import disks, network, skus
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.images import require_image, require_security
from bot.sandbox.azure.regions import require_same_region
from bot.sandbox.azure.state import Resource
from bot.sandbox.azure.windows_profile import check_windows
from bot.sandbox.machines.port import MachineSpec

VM = disks.VM

LONGEST_CUSTOM_DATA = 65_535  # bytes, before base64


def prepare_vm(
    azure: Azure, resource: Resource, body: dict[str, Any], existing: Resource | None
) -> dict[str, Any]:
    """Check a VM's request as Azure does before it answers, and return the hidden part."""
    properties = dict(body.get("properties") or {})
    os_profile = dict(properties.get("osProfile") or {})
    custom_data = _custom_data(os_profile.pop("customData", None))
    password, size = os_profile.pop("adminPassword", None), _size(properties)
    image = (properties.get("storageProfile") or {}).get("imageReference") or {}
    if existing is not None:
        _refuse_another_password(azure, existing, password)
        _refuse_changes(azure, existing, custom_data, os_profile, image)
        resize(azure, existing, size)
        resource["properties"] = existing["properties"]
        return azure.state.secrets_of(existing)
    disk = None
    if disks.is_attached(properties):
        disk = disks.require_attachable(azure, properties, resource["id"])
        require_same_region(resource, disk)
    else:
        _check_image(azure, properties, image)
        if is_windows(image):
            check_windows(os_profile, password)
    nics = _nics(azure, properties, resource)
    _require_size(azure, resource, size, nics)
    if disk is None:
        properties["osProfile"] = os_profile | {"allowExtensionOperations": True, "secrets": []}
    resource["properties"] = properties | {"vmId": str(uuid.uuid4()), "timeCreated": _now()}
    for nic in nics:
        nic["properties"]["virtualMachine"] = {"id": resource["id"]}
    if disk is None:
        disks.add_os_disk(azure, resource, "Windows" if is_windows(image) else "Linux")
    return {
        "machine_id": _machine_id(resource),
        "custom_data": base64.b64encode(custom_data).decode(),
        "password": _fingerprint(password),
        "disk": disks.attach(azure, resource, disk) if disk is not None else "",
        "power": "creating",
    }


def _check_image(azure: Azure, properties: dict[str, Any], image: dict[str, Any]) -> None:
    """Refuse an image that is not offered, or does not suit the rest of the request."""
    offered = require_image(image, azure.machines, azure.state)
    require_security(offered, (properties.get("securityProfile") or {}).get("securityType", ""))
    disks.require_image_fits(properties, windows=is_windows(image))


def _size(properties: dict[str, Any]) -> str:
    return str((properties.get("hardwareProfile") or {}).get("vmSize", ""))


def _machine_id(resource: Resource) -> str:
    digest = hashlib.sha256(resource["id"].lower().encode()).hexdigest()[:8]
    return f"{resource['name'][:40]}-{digest}"


def _require_size(azure: Azure, resource: Resource, size: str, nics: list[Resource]) -> None:
    """Raise Azure's refusal of a size; if capacity is missing, Azure reserves the NICs first."""
    try:
        skus.require_size(size, resource["location"])
        skus.require_quota(azure.state, size, resource["location"])
    except ArmError as error:
        if error.code != "InvalidParameter":
            network.reserve(azure, nics, resource["id"])
        raise


def is_windows(image: dict[str, Any]) -> bool:
    """Return whether an image reference is an image of Windows."""
    return "windows" in str(image.get("offer", "")).lower()


def update(azure: Azure, existing: Resource, changes: dict[str, Any]) -> None:
    """Change a VM by PATCH: its size, and what its deletion deletes with it."""
    resize(azure, existing, (changes.get("hardwareProfile") or {}).get("vmSize", ""))
    os_disk = (changes.get("storageProfile") or {}).get("osDisk") or {}
    if "deleteOption" in os_disk:
        existing["properties"]["storageProfile"]["osDisk"]["deleteOption"] = os_disk["deleteOption"]
    nics = (changes.get("networkProfile") or {}).get("networkInterfaces") or []
    wanted = {nic["id"].lower(): nic.get("properties") or {} for nic in nics}
    for nic in existing["properties"]["networkProfile"]["networkInterfaces"]:
        nic["properties"] = (nic.get("properties") or {}) | wanted.get(nic["id"].lower(), {})


def resize(azure: Azure, existing: Resource, size: str) -> None:
    """Change the size, if Azure sells the new one and the machine can take it."""
    profile = existing["properties"]["hardwareProfile"]
    if size and size.lower() != profile["vmSize"].lower():
        present = skus.SIZES[profile["vmSize"].lower()]
        wanted = skus.require_size(size, existing["location"])
        skus.require_same_disks(present, wanted, existing["name"])
        skus.require_quota(azure.state, size, existing["location"], held=present)
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
        # What a PUT leaves out stays as it is.
        "osProfile.computerName": "computerName" in os_profile
        and os_profile["computerName"] != (old.get("osProfile") or {}).get("computerName"),
        "imageReference": bool(image)
        and image.get("offer") != (old["storageProfile"].get("imageReference") or {}).get("offer"),
    }
    for name, is_changed in changed.items():
        if is_changed:
            raise ArmError(
                "PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed."
            )


def _refuse_another_password(azure: Azure, existing: Resource, password: str | None) -> None:
    known = azure.state.secrets_of(existing).get("password", "")
    if password is not None and _fingerprint(password) != known:
        raise ArmError(
            "PropertyChangeNotAllowed",
            "Changing property 'osProfile.adminPassword' is not allowed.",
        )


def _fingerprint(password: str | None) -> str:
    return hashlib.sha256(password.encode()).hexdigest() if password is not None else ""


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
        require_same_region(resource, nic)
        network.refuse_if_reserved(azure, nic, resource["id"])
        nics.append(nic)
    return nics


def _is_linux(resource: Resource) -> bool:
    return bool(resource["properties"]["storageProfile"]["osDisk"].get("osType") != "Windows")


async def finish_vm(azure: Azure, resource: Resource) -> None:
    """Boot the machine; then the VM counts as provisioned. A later PUT leaves its power alone."""
    hidden = azure.state.secrets_of(resource)
    if hidden["power"] == "creating":
        await azure.machines.create(_spec(azure, resource, hidden))
        hidden["power"] = "running"


def _spec(azure: Azure, resource: Resource, hidden: dict[str, Any]) -> MachineSpec:
    properties = resource["properties"]
    profile: dict[str, Any] = properties.get("osProfile") or {}
    image: dict[str, Any] = properties["storageProfile"].get("imageReference") or {}
    linux = profile.get("linuxConfiguration") or {}
    keys = (linux.get("ssh") or {}).get("publicKeys") or []
    nic = azure.require(properties["networkProfile"]["networkInterfaces"][0]["id"])
    ip = nic["properties"]["ipConfigurations"][0]["properties"]
    public = azure.state.find(network.id_in(ip, "publicIPAddress"))
    address = public["properties"]["ipAddress"] if public else ip["privateIPAddress"]
    return MachineSpec(
        machine_id=hidden["machine_id"],
        hostname=str(profile.get("computerName", resource["name"])),
        os="linux" if _is_linux(resource) else "windows",
        image=f"{image.get('publisher')}:{image.get('offer')}:{image.get('sku')}",
        admin_user=profile.get("adminUsername", "azureuser"),
        authorized_keys=tuple(key["keyData"] for key in keys),
        custom_data=base64.b64decode(hidden["custom_data"]),
        address=address,
        disk=hidden.get("disk", ""),
        disk_gb=disks.gb_of(azure, resource),
    )


async def finish_vm_delete(azure: Azure, resource: Resource) -> None:
    """Delete the machine and the resources that are marked with deleteOption."""
    await disks.leave_or_remove(azure, resource)
    await azure.machines.delete(azure.state.secrets_of(resource)["machine_id"])
    prefix = f"{resource['id']}/".lower()
    for child in [each for each in azure.state.resources if each.startswith(prefix)]:
        azure.state.remove(child)
    for reference in resource["properties"]["networkProfile"]["networkInterfaces"]:
        nic = azure.state.find(reference["id"])
        if nic is None:
            continue
        nic["properties"].pop("virtualMachine", None)
        if (reference.get("properties") or {}).get("deleteOption") == "Delete":
            network.delete_with_vm(azure, nic)


def instance_view(azure: Azure, resource: Resource) -> dict[str, Any]:
    """Return the statuses of provisioning and power."""
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
        "computerName": (resource["properties"].get("osProfile") or {}).get("computerName"),
        "statuses": statuses,
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
