"""The names and tags of the bot's resources in Azure.

Names derive from the server's id, so that a step that runs twice finds its own work.
"""

import hashlib
import re

from provisioning.adapters.azure.config import AzureConfig, tags_in
from provisioning.core.model.server import Server

VNET = "nb-vnet"
SUBNET = "servers"
NSG = "nb-nsg"
"""The network that all servers of a region share; see `in_region`."""

TAG_SERVER = "nb-server"
TAG_OWNER = "nb-owner"
TAG_NAME = "nb-name"
TAG_INSTALLATION = "nb-installation"
TAG_COPY_UNTIL = "nb-copy-until"
"""On a snapshot: the end of retention when it was taken. The database decides."""
TAG_IMAGE = "nb-image"
"""On a machine with a restored disk, which has no image of its own: its system's image."""

TAG_PUTS = "nb-puts"
"""On a machine whose creation failed: how often it was put."""

DISK_KIND = "StandardSSD_LRS"

DNS_LABELS = 8
"""Number of DNS labels to try before a creation fails."""

_ID = re.compile(r"[a-z0-9]{1,40}")


def vm(server_id: str) -> str:
    """Return the name of the server's virtual machine."""
    return _name(server_id, "vm")


def computer(server_id: str) -> str:
    """Return the name that a Windows machine gives itself: at most 15 characters."""
    return f"nb-{server_id}"[:15]


def command(name: str) -> str:
    """Return the name of a command or extension of the machine."""
    return f"nb-{name}"


def in_region(plain: str, region: str) -> str:
    """Return the name of `VNET` or `NSG` in a region that can't have the plain name.

    A resource group has each name once, whatever the region.
    """
    return f"{plain}-{region}"


def spelled(location: str | None) -> str:
    """Return a region's name as the settings have it; Azure also says "West Europe"."""
    return (location or "").lower().replace(" ", "")


def nic(server_id: str) -> str:
    """Return the name of the server's network interface."""
    return _name(server_id, "nic")


def address(server_id: str) -> str:
    """Return the name of the server's public address."""
    return _name(server_id, "ip")


def disk(server_id: str) -> str:
    """Return the name of the server's system disk."""
    return _name(server_id, "disk")


def copy(server_id: str, word: str) -> str:
    """Return the name of a snapshot of the server's disk.

    `word` tells it from other snapshots of the same server.
    """
    return _name(server_id, f"copy-{word}")


def dns_label(server_id: str, attempt: int) -> str:
    """Return the server's DNS label number `attempt`, from 0: the same at each call."""
    if attempt == 0:
        return f"nb-{server_id}"
    suffix = hashlib.sha256(f"{server_id}:{attempt}".encode()).hexdigest()[:6]
    return f"nb-{server_id}-{suffix}"


def shared_tags(installation: str, config: AzureConfig) -> dict[str, str]:
    """Return the tags of what all servers share."""
    return {**tags_in(config.tags), TAG_INSTALLATION: installation}


def tags(server: Server, installation: str, config: AzureConfig) -> dict[str, str]:
    """Return the tags of every resource of the server."""
    return {
        **tags_in(config.tags),
        TAG_SERVER: server.id,
        TAG_OWNER: server.owner,
        TAG_NAME: server.name,
        TAG_INSTALLATION: installation,
    }


def _name(server_id: str, kind: str) -> str:
    if not _ID.fullmatch(server_id):
        raise ValueError("a server's id has lower-case letters and digits only")
    return f"nb-{server_id}-{kind}"


def resource_id(config: AzureConfig, kind: str, name: str) -> str:
    """Return the ARM id of one of the installation's resources; `kind` is `Microsoft.X/ys`."""
    return (
        f"/subscriptions/{config.subscription_id}/resourceGroups/{config.resource_group}"
        f"/providers/{kind}/{name}"
    )
