"""Which releases of the platforms can't be made in a region any more: their image is gone."""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.core.ports.cloud import Images
from provisioning.platforms.catalogue import PLATFORMS


@dataclass(frozen=True)
class GoneRelease:
    """`image` is the cloud's reference, which an admin compares with the platform's file."""

    platform: str
    release: str
    image: str


async def gone_releases(images: Images, region: str) -> Sequence[GoneRelease]:
    """Of all platforms in that region. Raises what `Images.missing` raises."""
    releases = [
        GoneRelease(platform.name, name, release.image)
        for platform in PLATFORMS.values()
        for name, release in platform.releases.items()
    ]
    missing = await images.missing([each.image for each in releases], region)
    return [each for each in releases if each.image in missing]
