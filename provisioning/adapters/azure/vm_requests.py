"""The bodies of the requests that create a VM. Pure."""

import base64
import secrets
from typing import TYPE_CHECKING, Any

from provisioning.adapters.azure import names
from provisioning.core.model.cloud import Boot
from provisioning.core.model.server import Server
from provisioning.platforms.catalogue import Platform, get_platform

if TYPE_CHECKING:
    from azure.mgmt.compute.models import Disk


def properties_of(
    server: Server, system: dict[str, Any], nic: str, *, trusted_launch: bool
) -> dict[str, Any]:
    """Return the properties of a VM with that system, on the network interface of that ARM id."""
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
    return properties


def body_of_image(server: Server, platform: Platform, boot: Boot) -> dict[str, Any]:
    """Return the system of a VM that is created from the platform's image."""
    windows = platform.os == "windows"
    return {
        "storageProfile": {
            "imageReference": _image(platform.release(server.release).image),
            "osDisk": {
                "name": names.disk(server.id),
                "createOption": "FromImage",
                "deleteOption": "Delete",
                **({"diskSizeGB": server.disk_gb} if server.disk_gb else {}),
                "managedDisk": {"storageAccountType": names.DISK_KIND},
            },
        },
        "osProfile": _windows_profile(server, boot) if windows else _linux_profile(server, boot),
    }


def body_of_disk(disk: "Disk", system: dict[str, Any]) -> dict[str, Any]:
    """Return the system of a VM on an existing system disk.

    Azure takes no osProfile then: users, keys and names are those on the disk.
    """
    os_disk = {
        "name": disk.name,
        "osType": system["osType"],
        "createOption": "Attach",
        "deleteOption": "Delete",
        "managedDisk": {"id": disk.id},
    }
    return {"storageProfile": {"osDisk": os_disk}}


def _builds_a_driver(server: Server) -> bool:
    """Return whether the machine builds NVIDIA's module for Linux.

    The module is unsigned, and with secure boot the kernel would not load it.
    """
    platform = get_platform(server.platform)
    return platform.os == "linux" and server.size in platform.gpu_sizes


def _image(text: str) -> dict[str, str]:
    publisher, offer, sku = text.split(":")
    return {"publisher": publisher, "offer": offer, "sku": sku, "version": "latest"}


def _windows_profile(server: Server, boot: Boot) -> dict[str, Any]:
    """Return the osProfile of Windows, for which Azure demands a password.

    This password is random and not stored: SSH takes keys only.
    """
    return {
        "computerName": names.computer(server.id),
        "adminUsername": boot.admin_user,
        # All four kinds of characters, as Azure requires.
        "adminPassword": f"{secrets.token_urlsafe(48)}-aA1",
        "windowsConfiguration": {
            "provisionVMAgent": True,
            "enableAutomaticUpdates": True,
            # Windows would restart the machine by itself, and end members' work. Azure installs
            # critical and security updates, which a stop or restart by the bot completes.
            "patchSettings": {
                "patchMode": "AutomaticByPlatform",
                "automaticByPlatformSettings": {"rebootSetting": "Never"},
            },
        },
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
