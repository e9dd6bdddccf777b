"""Releases that can no longer be created in a region, because Azure removed their image."""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.ports.cloud import Images
from provisioning.platforms.catalogue import PLATFORMS, Platform
from provisioning.servers.choices import quoted


@dataclass(frozen=True)
class GoneRelease:
    """A release without an image.

    `image` is the cloud's reference, which an admin compares with the platform's file.
    """

    platform: str
    release: str
    image: str


async def gone_releases(images: Images, region: str) -> Sequence[GoneRelease]:
    """Return the gone releases of all platforms in a region. Raises as `Images.missing` does."""
    releases = [
        GoneRelease(platform.name, name, release.image)
        for platform in PLATFORMS.values()
        for name, release in platform.releases.items()
    ]
    missing = await images.missing([each.image for each in releases], region)
    return [each for each in releases if each.image in missing]


async def refuse_gone_image(images: Images, platform: Platform, release: str, region: str) -> None:
    """Refuse a release whose image is gone in that region, with `UserError`."""
    try:
        gone = await images.missing([platform.release(release).image], region)
    except Exception:
        return  # if the cloud does not answer now, the creation finds out
    if gone:
        words = {"release": f"{platform.title} {release}", "region": region}
        others = quoted([each for each in platform.releases if each != release])
        if others:
            raise UserError(
                _(
                    "Azure does not offer {release} in {region}, so nothing was created. Tell an "
                    "admin, who can update the bot's list of images. Or choose another release "
                    "with `--release`: {others}.",
                    others=others,
                    **words,
                )
            )
        raise UserError(
            _(
                "Azure does not offer {release} in {region}, so nothing was created. Tell an "
                "admin, who can update the bot's list of images.",
                **words,
            )
        )
