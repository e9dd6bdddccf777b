"""The platforms: one data file each, read once, typed and checked here."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER = Path(__file__).parent

Seconds = Annotated[int, Field(ge=0)]


class UnknownPlatformError(LookupError):
    """There is no data file for that platform."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageReference(_Data):
    """An image of the marketplace; `version` as Azure takes it."""

    publisher: str
    offer: str
    sku: str
    version: str = "latest"


class MachineSection(_Data):
    """Which adapters the set-up program uses, and the packages of the system that it needs."""

    package_manager: Literal["apt", "zypper", "none"]
    service_manager: Literal["systemd", "scheduled_task"]
    firewall: Literal["nft", "firewalld", "portproxy"]
    packages: tuple[str, ...] = ()


class Platform(_Data):
    """What the bot knows of an operating system that it offers.

    `bootstrap` is relative to this folder. `stages` are expected seconds as (p50, p90) by
    stage of a creation.
    """

    name: str
    title: str
    os: Literal["linux", "windows"]
    images: Mapping[str, ImageReference]
    default_version: str
    generation: Literal["V1", "V2"]
    security_type: Literal["Standard", "TrustedLaunch"]
    admin_user: str
    notebook_user: str
    bootstrap: str
    default_size: str
    sizes: tuple[str, ...]
    stages: Mapping[str, tuple[Seconds, Seconds]] = Field(alias="expected_seconds")
    machine: MachineSection

    @model_validator(mode="after")
    def _check(self) -> "Platform":
        if self.default_version not in self.images:
            raise ValueError(f"no image for the default version {self.default_version}")
        if self.default_size not in self.sizes:
            raise ValueError(f"the default size {self.default_size} is not among the sizes")
        if not self.bootstrap_file.is_file():
            raise ValueError(f"{self.bootstrap} does not exist")
        return self

    @property
    def image(self) -> ImageReference:
        """The default version's image."""
        return self.images[self.default_version]

    @property
    def bootstrap_file(self) -> Path:
        """The script that makes sure that the machine has a Python."""
        return FOLDER / self.bootstrap

    @property
    def expected_seconds(self) -> tuple[int, int]:
        """From the command to the DM, (p50, p90): the sum of the stages."""
        return sum(p50 for p50, _ in self.stages.values()), sum(
            p90 for _, p90 in self.stages.values()
        )

    def machine_section(self) -> dict[str, object]:
        """The part of the set-up program's specification that tells of the platform."""
        return self.machine.model_dump(mode="json")


@cache
def _load() -> Mapping[str, Platform]:
    platforms = {}
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        platforms[path.stem] = Platform(name=path.stem, **data)
    return platforms


PLATFORMS = _load()
"""All platforms by name."""


def get_platform(name: str) -> Platform:
    """The platform of that name, in any case of letters.

    Raises:
        UnknownPlatformError: naming the known ones.
    """
    try:
        return PLATFORMS[name.strip().lower()]
    except KeyError:
        raise UnknownPlatformError(f"{name!r} is none of {', '.join(PLATFORMS)}") from None
