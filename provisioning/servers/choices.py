"""What people name of what there is: a platform, release, size, region, state. Pure."""

import difflib
from collections.abc import Collection, Sequence

from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, said
from provisioning.core.model.names import shortened
from provisioning.core.model.server import Status
from provisioning.platforms.catalogue import PLATFORMS, Platform, UnknownPlatformError, get_platform


def require_gpus(platform: Platform, sizes: Sequence[str], wanted: str | None) -> None:
    """Raises `UserError` if members may choose no size with a GPU, or name one without."""
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
                sizes=_quoted(sizes),
            )
        )


def first_with_gpu(
    platform: Platform, sizes: Sequence[str], fitting: Collection[str], region: str
) -> str:
    """The first of `sizes` that can be had now. Raises `UserError` if there is none."""
    for each in sizes:
        if each in fitting:
            return each
    raise UserError(
        _(
            "Azure has no size with a GPU left for {platform} in {region} now, so nothing was "
            "made. Try again later, or leave `--gpu` out.",
            platform=platform.title,
            region=region,
        )
    )


def require_driver(platform: Platform, release: str, size: str) -> None:
    """Raises `UserError` if the size has a GPU and the release no driver for it."""
    if size not in platform.gpu_sizes or platform.release(release).gpu_driver:
        return
    known = [name for name, each in platform.releases.items() if each.gpu_driver]
    raise UserError(
        _(
            "Azure has no driver of the GPU for {release}. Choose another release: {known}.",
            release=f"{platform.title} {release}",
            known=_quoted(known),
        )
    )


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in words)


def choose_platform(name: str) -> Platform:
    """The platform of that name. Raises `UserError` that lists those that there are."""
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


def choose_release(platform: Platform, wanted: str | None) -> str:
    """The full name: "24.04". Raises `UserError` that lists those that there are."""
    name = (wanted or platform.default_release).strip().lower()
    if name not in platform.releases:
        raise UserError(
            _(
                "`{release}` is not a release that I offer of {platform}. Choose one of: {known}.",
                release=shortened(name),
                platform=platform.title,
                known=quoted(list(platform.releases)),
            )
        )
    return name


def choose_size(platform: Platform, allowed: Sequence[str], wanted: str) -> str:
    """The size, as Azure writes it. Raises `UserError` that lists the allowed ones."""
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


def choose_region(wanted: str, regions: Sequence[str]) -> str:
    """The region, as Azure writes it, of what somebody typed ("North Europe"). Raises `UserError`
    that lists those that there are."""
    name = plain_region(wanted)
    if name in regions:
        return name
    raise _none_of(
        name,
        regions,
        N_("Servers can't be made in `{region}` here. Choose one of: {known}."),
        N_(
            "Servers can't be made in `{region}` here. Did you mean `{near}`? Choose one of: "
            "{known}."
        ),
        region=shortened(wanted),
    )


def choose_state(word: str | None) -> Status | None:
    """The state that somebody typed. Raises `UserError` for a word that is none."""
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
    """ "North Europe" -> "northeurope": the portal's way to write it, and the resources'."""
    return "".join(name.lower().split())


def _none_of(
    wanted: str, known: Sequence[str], plain: str, guess: str, /, **words: str
) -> UserError:
    """It is none of those that are known: `plain`, or `guess`, which names the nearest as well."""
    written = {each.lower(): each for each in known}
    near = difflib.get_close_matches(wanted.lower(), written, n=1)
    if near:
        return UserError(said(guess, known=quoted(known), near=written[near[0]], **words))
    return UserError(said(plain, known=quoted(known), **words))


def quoted(words: Sequence[str]) -> str:
    """Each as code, with commas between."""
    return ", ".join(f"`{each}`" for each in words)
