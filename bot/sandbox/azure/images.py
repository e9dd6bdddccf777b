"""The marketplace's images that local Azure offers."""

from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.machines.port import Machines

IMAGES = {
    ("canonical", "ubuntu-24_04-lts"): ("server", "server-gen1", "minimal"),
    ("canonical", "ubuntu-26_04-lts"): ("server", "minimal"),
    ("suse", "opensuse-leap-15-6"): ("gen1", "gen2"),
    ("suse", "sles-16-0-x86-64"): ("gen1", "gen2"),
    ("microsoftwindowsserver", "windowsserver"): (
        "2022-datacenter-azure-edition",
        "2025-datacenter-azure-edition",
    ),
}
VERSIONS = ("24.04.202610010", "24.04.202611050")


def require_image(reference: dict[str, Any], machines: Machines) -> None:
    """Raise ARM's error if the image does not exist or no machine here could boot it."""
    publisher, offer = str(reference.get("publisher", "")), str(reference.get("offer", ""))
    sku = str(reference.get("sku", ""))
    if not versions(publisher, offer, sku, machines):
        raise ArmError(
            "PlatformImageNotFound",
            f"The platform image '{publisher}:{offer}:{sku}:{reference.get('version', '')}' is "
            "not available. Verify that all fields in the storage profile are correct.",
        )


def versions(publisher: str, offer: str, sku: str, machines: Machines) -> list[str]:
    """Return the versions of an image, oldest first.

    The list is empty for an unknown image and for one that no machine here could boot: then the
    region does not offer it.
    """
    known = IMAGES.get((publisher.lower(), offer.lower()), ())
    return list(VERSIONS) if sku.lower() in known and machines.boots(publisher) else []
