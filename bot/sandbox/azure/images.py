"""The marketplace's images that local Azure offers, with what they support and how they end.

An image is `Active`, `ScheduledForDeprecation`, `Deprecated` (shown, and refused to new VMs) or
`Deleted`. `POST /sandbox/images` changes that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import State
from bot.sandbox.machines.port import Machines

ACTIVE, SCHEDULED, DEPRECATED, DELETED = IMAGE_STATES = (
    *("Active", "ScheduledForDeprecation", "Deprecated", "Deleted"),
)
VERSIONS = ("24.04.202610010", "24.04.202611050")


@dataclass(frozen=True)
class Image:
    """What Azure says of an image. `trusted_launch` is a feature of images of generation 2 only."""

    generation: str = "V2"
    trusted_launch: bool = True
    system: str = "Linux"
    gb: int = 30


_FIRST_GENERATION = Image("V1", trusted_launch=False)
_WINDOWS = Image(system="Windows", gb=127)

IMAGES: Mapping[str, Image] = {
    "canonical:ubuntu-24_04-lts:server": Image(),
    "canonical:ubuntu-24_04-lts:server-gen1": _FIRST_GENERATION,
    "canonical:ubuntu-24_04-lts:minimal": Image(),
    "canonical:ubuntu-26_04-lts:server": Image(),
    "canonical:ubuntu-26_04-lts:minimal": Image(),
    "suse:opensuse-leap-15-6:gen1": _FIRST_GENERATION,
    # Microsoft's table of systems with Trusted Launch has SUSE Linux Enterprise, and no openSUSE
    # (https://learn.microsoft.com/azure/virtual-machines/trusted-launch#operating-systems-supported).
    "suse:opensuse-leap-15-6:gen2": Image(trusted_launch=False),
    "suse:sles-16-0-x86-64:gen1": _FIRST_GENERATION,
    "suse:sles-16-0-x86-64:gen2": Image(),
    "microsoftwindowsserver:windowsserver:2022-datacenter-azure-edition": _WINDOWS,
    "microsoftwindowsserver:windowsserver:2025-datacenter-azure-edition": _WINDOWS,
}
"""`publisher:offer:sku` in lower case -> the image."""


def _urn(publisher: str, offer: str, sku: str) -> str:
    return f"{publisher}:{offer}:{sku}".lower()


def require_image(reference: dict[str, Any], machines: Machines, state: State) -> Image:
    """Return the image that a VM may be made of now, or raise Azure's refusal."""
    publisher, offer = str(reference.get("publisher", "")), str(reference.get("offer", ""))
    sku, version = str(reference.get("sku", "")), str(reference.get("version", ""))
    known = versions(publisher, offer, sku, machines, state)
    if not known or version not in ("latest", *known):
        raise ArmError(
            "PlatformImageNotFound",
            f"The platform image '{publisher}:{offer}:{sku}:{version}' is not available. Verify "
            "that all fields in the storage profile are correct.",
        )
    urn = _urn(publisher, offer, sku)
    if state.images.get(urn) == DEPRECATED:
        raise ArmError(
            "ImageVersionDeprecated",
            f"VM Image from publisher: {publisher} with - Offer: {offer}, Sku: {sku}, Version: "
            f"{known[-1]} is deprecated.",
            status=404,
        )
    return IMAGES[urn]


def require_security(image: Image, security_type: str) -> None:
    """Refuse Trusted Launch for an image that does not support it
    (https://github.com/Azure/azure-cli/issues/27975)."""
    if security_type == "TrustedLaunch" and not image.trusted_launch:
        raise ArmError(
            "BadRequest",
            "Use of TrustedLaunch setting is not supported for the provided image. Please select "
            "Trusted Launch Supported Gen2 OS Image. For more information, see "
            "https://aka.ms/TrustedLaunch-FAQ.",
            status=400,
        )


def versions(publisher: str, offer: str, sku: str, machines: Machines, state: State) -> list[str]:
    """Return the versions of an image, oldest first.

    The list is empty for an unknown image and for one that no machine here could boot: then the
    region does not offer it.
    """
    urn = _urn(publisher, offer, sku)
    is_gone = urn not in IMAGES or state.images.get(urn) == DELETED
    return [] if is_gone or not machines.boots(publisher) else list(VERSIONS)


def version_body(urn: str, version: str, location: str, state: State) -> dict[str, Any]:
    """Return what a GET of one version shows."""
    image = IMAGES[urn.lower()]
    features = [
        {"name": "IsAcceleratedNetworkSupported", "value": "True"},
        {"name": "DiskControllerTypes", "value": "SCSI, NVMe"},
    ]
    if image.trusted_launch:
        features.insert(0, {"name": "SecurityType", "value": "TrustedLaunchSupported"})
    ending: dict[str, Any] = {"imageState": state.images.get(urn.lower(), ACTIVE)}
    if ending["imageState"] != ACTIVE:
        ending["scheduledDeprecationTime"] = "2026-12-31T00:00:00+00:00"
    return {
        "location": location,
        "name": version,
        "properties": {
            "hyperVGeneration": image.generation,
            "architecture": "x64",
            "features": features,
            "osDiskImage": {"operatingSystem": image.system, "sizeInGb": image.gb},
            "dataDiskImages": [],
            "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False},
            "imageDeprecationStatus": ending,
        },
    }
