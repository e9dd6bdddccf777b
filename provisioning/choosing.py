"""What people name of what there is: a platform, release, size, region, state. Pure."""

import difflib
from collections.abc import Sequence

from provisioning.errors import UserError
from provisioning.language import _
from provisioning.model import Status
from provisioning.names import shortened
from provisioning.platforms.catalogue import (
    PLATFORMS,
    Platform,
    UnknownPlatformError,
    get_platform,
)


def choose_platform(name: str) -> Platform:
    """The platform of that name. Raises `UserError` that lists those that there are."""
    try:
        return get_platform(name)
    except UnknownPlatformError:
        near = difflib.get_close_matches(name.lower(), PLATFORMS, n=1)
        words = {"name": shortened(name), "known": quoted(list(PLATFORMS))}
        if near:
            raise UserError(
                _(
                    "I don't know the platform `{name}`. Did you mean `{near}`? Choose one of: "
                    "{known}.",
                    near=near[0],
                    **words,
                )
            ) from None
        raise UserError(
            _("I don't know the platform `{name}`. Choose one of: {known}.", **words)
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
    near = difflib.get_close_matches(name, known, n=1)
    words = {"size": shortened(wanted), "platform": platform.title, "sizes": quoted(allowed)}
    if near:
        raise UserError(
            _(
                "`{size}` is not a size that I offer for {platform}. Did you mean `{near}`? "
                "Choose one of: {sizes}.",
                near=known[near[0]],
                **words,
            )
        )
    raise UserError(
        _("`{size}` is not a size that I offer for {platform}. Choose one of: {sizes}.", **words)
    )


def choose_region(wanted: str, regions: Sequence[str]) -> str:
    """The region, as Azure writes it, of what somebody typed ("North Europe"). Raises `UserError`
    that lists those that there are."""
    name = plain_region(wanted)
    if name in regions:
        return name
    near = difflib.get_close_matches(name, regions, n=1)
    words = {"region": shortened(wanted), "known": quoted(regions)}
    if near:
        raise UserError(
            _(
                "Servers can't be made in `{region}` here. Did you mean `{near}`? Choose one of: "
                "{known}.",
                near=near[0],
                **words,
            )
        )
    raise UserError(_("Servers can't be made in `{region}` here. Choose one of: {known}.", **words))


def choose_state(word: str | None) -> Status | None:
    """The state that somebody typed. Raises `UserError` for a word that is none."""
    if word is None:
        return None
    try:
        return Status(word.lower())
    except ValueError:
        known = [each.value for each in Status]
        near = difflib.get_close_matches(word.lower(), known, n=1)
        names = {"word": shortened(word), "known": quoted(known)}
        if near:
            raise UserError(
                _(
                    "I don't know the state `{word}`. Did you mean `{near}`? Choose one of: "
                    "{known}.",
                    near=near[0],
                    **names,
                )
            ) from None
        raise UserError(
            _("I don't know the state `{word}`. Choose one of: {known}.", **names)
        ) from None


def plain_region(name: str) -> str:
    """ "North Europe" -> "northeurope": the portal's way to write it, and the resources'."""
    return "".join(name.lower().split())


def quoted(words: Sequence[str]) -> str:
    """Each as code, with commas between."""
    return ", ".join(f"`{each}`" for each in words)
