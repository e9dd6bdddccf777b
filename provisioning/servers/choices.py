"""Checks of what a member names: a platform, release, size, disk, region or state. Pure."""

import difflib
import re
from collections.abc import Collection, Sequence

from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, said
from provisioning.core.model.cloud import DISK_SIZES
from provisioning.core.model.names import shortened
from provisioning.core.model.server import Server, Status
from provisioning.platforms.catalogue import PLATFORMS, Platform, UnknownPlatformError, get_platform


def require_gpus(platform: Platform, sizes: Sequence[str], wanted: str | None) -> None:
    """Refuse a request for a GPU if no size with a GPU is offered, or `wanted` has none.

    Raises:
        UserError: with the sizes that have a GPU, if there are any.
    """
    if not sizes:
        raise UserError(
            _(
                "Servers with a GPU are not offered for {platform} here. Ask your admin, or leave "
                "`--gpu` out.",
                platform=platform.title,
            )
        )
    if wanted and wanted.lower() not in map(str.lower, sizes):
        raise UserError(
            _(
                "`{size}` has no GPU. Leave `--gpu` out, or choose one of: {sizes}.",
                size=shortened(wanted),
                sizes=quoted(sizes),
            )
        )


def first_with_gpu(
    platform: Platform, sizes: Sequence[str], fitting: Collection[str], region: str
) -> str:
    """Return the first of `sizes` that is available now. Raises `UserError` if none is."""
    for each in sizes:
        if each in fitting:
            return each
    raise UserError(
        _(
            "Azure has no size with a GPU available for {platform} in {region} now, so nothing was "
            "created. Try again later, or leave `--gpu` out.",
            platform=platform.title,
            region=region,
        )
    )


def require_driver(platform: Platform, release: str, size: str) -> None:
    """Refuse a size with a GPU for which the release has no driver, with `UserError`."""
    if size not in platform.gpu_sizes or platform.release(release).gpu_driver:
        return
    known = [name for name, each in platform.releases.items() if each.gpu_driver]
    raise UserError(
        _(
            "Azure has no GPU driver for {release}. Choose another release: {known}.",
            release=platform.title_of(release),
            known=quoted(known),
        )
    )


def choose_platform(name: str) -> Platform:
    """Return the platform of that name. Raises `UserError` that lists all platforms."""
    try:
        return get_platform(name)
    except UnknownPlatformError:
        raise _none_of(
            name,
            list(PLATFORMS),
            N_("I don't know the platform `{name}`. Choose one of: {known}."),
            N_(
                "I don't know the platform `{name}`. Did you mean `{near}`? Choose one of: {known}."
            ),
            name=shortened(name),
        ) from None


def choose_release(platform: Platform, wanted: str) -> str:
    """Return the release's full name, such as "24.04". Raises `UserError` that lists all."""
    name = wanted.strip().lower()
    if name not in platform.releases:
        raise UserError(
            _(
                "`{release}` is not a release of {platform} that I offer. Choose one of: {known}.",
                release=shortened(name),
                platform=platform.title,
                known=quoted(list(platform.releases)),
            )
        )
    return name


def choose_size(platform: Platform, allowed: Sequence[str], wanted: str) -> str:
    """Return the size as Azure writes it. Raises `UserError` that lists the allowed sizes."""
    known = {each.lower(): each for each in allowed}
    name = wanted.lower()
    if name in known:
        return known[name]
    raise _none_of(
        name,
        allowed,
        N_("`{size}` is not a size that I offer for {platform}. Choose one of: {known}."),
        N_(
            "`{size}` is not a size that I offer for {platform}. Did you mean `{near}`? "
            "Choose one of: {known}."
        ),
        size=shortened(wanted),
        platform=platform.title,
    )


def choose_disk(platform: Platform, most: int, wanted: int | None, present: int = 0) -> int:
    """Return the size in GiB that the cloud bills for a wanted disk: the next of its sizes.

    `most` is what members may have. A disk never shrinks below `present`, its size now.
    Raises `UserError` that lists what can be chosen.
    """
    if wanted is None:
        return platform.default_disk_gb
    smallest = max(platform.default_disk_gb, present + 1)
    possible = [each for each in DISK_SIZES if smallest <= each <= most]
    found = next((each for each in possible if each >= wanted), None)
    if found is not None and wanted > present:
        return found
    if present and possible:
        raise UserError(
            _(
                "The disk has {present} GB, and a disk can only grow. Choose one of: {sizes}.",
                present=present,
                sizes=quoted([str(each) for each in possible]),
            )
        )
    if present:
        raise UserError(
            _("The disk has {present} GB, and no larger one is offered here.", present=present)
        )
    raise UserError(
        _(
            "A disk of {wanted} GB is not offered for {platform} here. Choose one of: {sizes}.",
            wanted=wanted,
            platform=platform.title,
            sizes=quoted([str(each) for each in possible]),
        )
    )


def read_disk(word: str) -> int:
    """Return the GB of a typed size: "128", "128GB" or "1TB". Raises `UserError`."""
    found = re.fullmatch(r"(\d{1,6})\s*(g|gb|gib|t|tb|tib)?", word.strip().lower())
    if found is None:
        raise UserError(
            _("`{word}` is not a disk size in GB, such as `128`.", word=shortened(word, 20))
        )
    times = 1024 if (found[2] or "").startswith("t") else 1
    return int(found[1]) * times


def present_disk(server: Server) -> int:
    """Return the size of a server's disk in GiB; older versions made that of the image."""
    return server.disk_gb or get_platform(server.platform).default_disk_gb


def choose_region(wanted: str, regions: Sequence[str]) -> str:
    """Return the region as Azure writes it, from a typed name such as "North Europe".

    Raises `UserError` that lists the installation's regions.
    """
    name = plain_region(wanted)
    if name in regions:
        return name
    raise _none_of(
        name,
        regions,
        N_("Servers can't be created in `{region}` here. Choose one of: {known}."),
        N_(
            "Servers can't be created in `{region}` here. Did you mean `{near}`? Choose one of: "
            "{known}."
        ),
        region=shortened(wanted),
    )


def choose_state(word: str | None) -> Status | None:
    """Return the state of a typed word. Raises `UserError` that lists all states."""
    if word is None:
        return None
    try:
        return Status(word.lower())
    except ValueError:
        raise _none_of(
            word,
            [each.value for each in Status],
            N_("I don't know the state `{word}`. Choose one of: {known}."),
            N_("I don't know the state `{word}`. Did you mean `{near}`? Choose one of: {known}."),
            word=shortened(word),
        ) from None


def plain_region(name: str) -> str:
    """Return the name in resources, "northeurope", for the portal's name, "North Europe"."""
    return "".join(name.lower().split())


def _none_of(
    wanted: str, known: Sequence[str], plain: str, guess: str, /, **words: str
) -> UserError:
    """Return an error with the known words: `guess` if one of them is near, otherwise `plain`."""
    written = {each.lower(): each for each in known}
    near = difflib.get_close_matches(wanted.lower(), written, n=1)
    if near:
        return UserError(said(guess, known=quoted(known), near=written[near[0]], **words))
    return UserError(said(plain, known=quoted(known), **words))


def quoted(words: Sequence[str]) -> str:
    """Return the words as code spans, separated by commas."""
    return ", ".join(f"`{each}`" for each in words)
