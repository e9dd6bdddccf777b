"""What Azure offers in a region now: the images of the platforms, and sizes with their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from provisioning.core.errors import PermanentError, UserError
from provisioning.core.language import _
from provisioning.core.model.cloud import DISK_SIZES, Size
from provisioning.core.model.policy import Policy
from provisioning.core.ports.cloud import Cloud, Images, Prices
from provisioning.core.retry import all_of
from provisioning.platforms.catalogue import PLATFORMS, Platform
from provisioning.servers.choices import choose_size, first_with_gpu, quoted, require_gpus
from provisioning.servers.regions import Regions


@dataclass(frozen=True)
class GoneRelease:
    """A release without an image.

    `image` is the cloud's reference, which an admin compares with the platform's file.
    """

    platform: str
    release: str
    image: str


async def gone_releases(images: Images, region: str) -> Sequence[GoneRelease]:
    """Return the gone releases of all platforms in a region. Raises as `Images.missing` does.

    A release whose image Azure may not have is left out.
    """
    releases = [
        GoneRelease(platform.name, name, release.image)
        for platform in PLATFORMS.values()
        for name, release in platform.releases.items()
        if release.confirmed
    ]
    missing = await images.missing([each.image for each in releases], region)
    return [each for each in releases if each.image in missing]


def ended_releases(today: date) -> Sequence[tuple[str, date]]:
    """Return title and last day of the releases that get no security updates any more."""
    return [
        (platform.title_of(name), release.supported_until)
        for platform in PLATFORMS.values()
        for name, release in platform.releases.items()
        if release.has_ended(today)
    ]


async def first_offered(images: Images, platform: Platform, region: str) -> str:
    """Return the platform's first release that the region has.

    If the region has none, or the cloud does not answer, that is the default one.
    """
    known = {name: platform.release(name).image for name in platform.release_order}
    try:
        gone = await images.missing(list(known.values()), region)
    except Exception:
        return platform.default_release  # the creation finds out
    return next((name for name in known if known[name] not in gone), platform.default_release)


async def refuse_gone_image(images: Images, platform: Platform, release: str, region: str) -> None:
    """Refuse a release whose image is gone in that region, with `UserError`."""
    try:
        gone = await images.missing([platform.release(release).image], region)
    except Exception:
        return  # if the cloud does not answer now, the creation finds out
    if gone:
        words = {"release": platform.title_of(release), "region": region}
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


@dataclass(frozen=True)
class Offer:
    """A size that is available now, and its price in US dollars an hour, None if not known."""

    size: Size
    price_per_hour: Decimal | None


@dataclass(frozen=True)
class DiskOffer:
    """A disk of so many GiB, and its price in US dollars a month, None if not known."""

    gb: int
    price_per_month: Decimal | None


@dataclass(frozen=True)
class Sizes:
    """The sizes that members may choose."""

    cloud: Cloud
    prices: Prices
    regions: Regions
    policy: Policy

    async def offers(self, platform: Platform, region: str) -> Sequence[Offer]:
        """Return the sizes that the region sells and the quota has room for, the default first."""
        allowed = self._allowed(platform)
        fitting = {size.name: size for size in await self.cloud.capacity.fitting_sizes(region)}
        names = sorted(
            (name for name in allowed if name in fitting),
            key=lambda name: name != platform.default_size,
        )
        prices = await all_of(*(self.prices.per_hour(name, platform.os, region) for name in names))
        return [Offer(fitting[name], price) for name, price in zip(names, prices, strict=True)]

    async def disks(self, platform: Platform, region: str) -> Sequence[DiskOffer]:
        """Return the disks that members may choose, the platform's own first."""
        most, least = self.policy.limits.disk, platform.default_disk_gb
        sizes = [least, *(each for each in DISK_SIZES if least < each <= most)]
        prices = await all_of(*(self.prices.disk_per_month(each, region) for each in sizes))
        return [DiskOffer(gb, price) for gb, price in zip(sizes, prices, strict=True)]

    def _allowed(self, platform: Platform) -> Sequence[str]:
        gpu_sizes = platform.gpu_sizes if self.policy.limits.gpus else ()
        return self.policy.allowed_sizes or (*platform.sizes, *gpu_sizes)

    async def with_gpu(self, platform: Platform, wanted: str | None, region: str) -> str:
        """Return the wanted size, or the first available size with a GPU."""
        sizes = [each for each in self._allowed(platform) if each in platform.gpu_sizes]
        require_gpus(platform, sizes, wanted)
        if wanted:
            return wanted
        fitting = {size.name for size in await self.cloud.capacity.fitting_sizes(region)}
        return first_with_gpu(platform, sizes, fitting, region)

    async def choose(self, platform: Platform, wanted: str | None, region: str) -> Size:
        """Return the size that was named, or the platform's default.

        Raises:
            UserError: if members may not choose the size, or the region does not sell it.
        """
        allowed = self._allowed(platform)
        name = wanted or (platform.default_size if platform.default_size in allowed else allowed[0])
        name = choose_size(platform, allowed, name)
        try:
            sold = {size.name: size for size in await self.cloud.capacity.sizes(region)}
        except PermanentError:
            raise
        except Exception:
            return Size(name, 0, 0)
        if name not in sold:
            others = [each for each in allowed if each in sold]
            raise await self._not_sold(name, region, others)
        return sold[name]

    async def _not_sold(self, size: str, region: str, others: Sequence[str]) -> UserError:
        words = {
            "size": size,
            "region": region,
            "sizes": quoted(others) or _("none is left"),
        }
        elsewhere = [each for each in self.policy.regions if each != region]
        selling = await self.regions.selling(size, elsewhere)
        if selling:
            return UserError(
                _(
                    "Azure does not sell `{size}` to this subscription in {region} now. Choose "
                    "one of: {sizes}; or another region with `--region`: {regions}.",
                    regions=quoted(selling),
                    **words,
                )
            )
        return UserError(
            _(
                "Azure does not sell `{size}` to this subscription in {region} now. Choose one "
                "of: {sizes}.",
                **words,
            )
        )
