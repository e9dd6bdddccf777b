"""Which size with a GPU is taken, and that its driver can be had. Pure."""

from collections.abc import Collection, Sequence

from provisioning.errors import UserError
from provisioning.language import _
from provisioning.names import shortened
from provisioning.platforms.catalogue import Platform


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
