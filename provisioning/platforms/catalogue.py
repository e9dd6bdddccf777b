"""The platforms that members may choose, read from the `.toml` files beside this module."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.dataclasses import dataclass

_FOLDER = Path(__file__).parent

_Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
Account = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
Image = Annotated[str, StringConstraints(pattern=r"^[\w.-]+:[\w.-]+:[\w.-]+$")]
Seconds = Annotated[int, Field(ge=0)]

_STRICT = ConfigDict(extra="forbid")


class UnknownPlatformError(KeyError):
    """An unknown platform; the message lists the known ones."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.known = tuple(PLATFORMS)

    def __str__(self) -> str:
        return f"unknown platform {self.name!r}; known are: {', '.join(self.known)}"


class PlatformFileError(ValueError):
    """A platform's file with a mistake; the message says where."""


@dataclass(frozen=True, config=_STRICT)
class Release:
    """One version of the operating system in the cloud.

    `image` is Azure's `publisher:offer:sku`. `generation` is the VM's (1: BIOS, 2: UEFI).
    `supported_until` is the last day of its security updates. `title` replaces the platform's title
    and the release's name. `confirmed` is False for an image that Azure may not have: its absence
    is no news. `licensed`: Azure bills the system's licence on top of the size.
    `extensions` (`publisher:type:version`) are installed after the VM's creation. `gpu_driver` is
    one more for a size with a GPU; "" if Azure has none for this version.
    """

    image: Image
    generation: Literal[1, 2]
    trusted_launch: bool
    supported_until: date
    extensions: tuple[Image, ...] = ()
    gpu_driver: Image | Literal[""] = ""
    title: str = ""
    confirmed: bool = True
    licensed: bool = False

    def has_ended(self, today: date) -> bool:
        """Return whether the system gets no security updates any more."""
        return today > self.supported_until


@dataclass(frozen=True, config=_STRICT)
class Machine:
    """What the set-up program must know about the operating system.

    The first three name an adapter each (`provisioning/machine/notebook_setup/adapters.py`;
    a test compares). `python_package` is what the bootstrap installs where there is no Python
    that can run the set-up; `packages` are needed beyond the image's own; `git_package` has git, ""
    where there is none: then the set-up program brings what clones repositories.
    """

    package_manager: Literal["apt", "zypper", "none"]
    service_manager: Literal["systemd", "scheduled-task"]
    firewall: Literal["nft", "firewalld", "portproxy"]
    ssh_service: _Word
    python_package: _Word
    packages: tuple[_Word, ...]
    git_package: _Word | Literal[""] = ""


@dataclass(frozen=True, config=_STRICT)
class Platform:
    """An operating system as members choose it ("ubuntu").

    The bot signs in as `admin_user`; notebooks run as `notebook_user`. `bootstrap` is the path,
    below this folder, of the script that finds Python. Members may choose `sizes`, and `gpu_sizes`
    (with a GPU) if the admin allows them. `stage_seconds` maps a stage of a creation to its
    expected time (p50, p90); `start_seconds` and `stop_seconds` are those of a start and a stop.
    `default_disk_gb` is the size of the smallest disk in GiB.
    """

    name: _Word
    title: str
    os: Literal["linux", "windows"]
    admin_user: Account
    notebook_user: Account
    bootstrap: str
    default_release: str
    default_size: _Word
    default_disk_gb: int
    sizes: tuple[_Word, ...]
    releases: Mapping[str, Release]
    machine: Machine
    stage_seconds: Mapping[str, tuple[Seconds, Seconds]]
    start_seconds: tuple[Seconds, Seconds]
    stop_seconds: tuple[Seconds, Seconds]
    gpu_sizes: tuple[_Word, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.default_release not in self.releases:
            raise ValueError(f"default_release {self.default_release!r} is not in releases")
        if self.default_size not in self.sizes:
            raise ValueError(f"default_size {self.default_size!r} is not in sizes")
        if self.admin_user == self.notebook_user:
            raise ValueError("notebooks may not run as the admin")
        if not self.bootstrap_path.is_file():
            raise ValueError(f"bootstrap {self.bootstrap!r} is not a file of this folder")
        slow = [name for name, (p50, p90) in self.stage_seconds.items() if p90 < p50]
        if slow:
            raise ValueError(f"stage_seconds of {', '.join(slow)}: p90 is below p50")
        return self

    def extensions_of(self, release: str, size: str) -> tuple[str, ...]:
        """Return the extensions of a VM of that size, in the order of their installation."""
        found = self.release(release)
        driver = (found.gpu_driver,) if size in self.gpu_sizes and found.gpu_driver else ()
        return (*found.extensions, *driver)

    def release(self, name: str = "") -> Release:
        """Return the version of that name; "" is the default one. Raises KeyError if unknown."""
        return self.releases[name or self.default_release]

    @property
    def release_order(self) -> tuple[str, ...]:
        """The releases in the order of preference: the default one, then those of the file."""
        others = (each for each in self.releases if each != self.default_release)
        return self.default_release, *others

    def title_of(self, release: str) -> str:
        """Return what members read of a release, such as "Ubuntu 24.04"."""
        known = self.releases.get(release)
        return (known and known.title) or f"{self.title} {release}".rstrip()

    @property
    def bootstrap_path(self) -> Path:
        """The path, on this computer, of the script that makes sure there is a Python."""
        return _FOLDER / self.bootstrap

    @property
    def bootstrap_arguments(self) -> tuple[str, ...]:
        """The script's arguments: the package manager, and the package with Python."""
        return self.machine.package_manager, self.machine.python_package

    @property
    def expected_seconds(self) -> tuple[int, int]:
        """Expected time (p50, p90) of a creation, the sums of its stages; so p90 is high."""
        p50s, p90s = zip(*self.stage_seconds.values(), strict=True)
        return sum(p50s), sum(p90s)

    def machine_section(self) -> dict[str, object]:
        """Return the section `platform` of the set-up program's specification, ready for JSON."""
        return {
            "os": self.os,
            "package_manager": self.machine.package_manager,
            "service_manager": self.machine.service_manager,
            "firewall": self.machine.firewall,
            "packages": list(self.machine.packages),
            "ssh_service": self.machine.ssh_service,
        }


def load_platform(path: Path) -> Platform:
    """Read a platform from its `.toml` file, which names it. Raises `PlatformFileError`."""
    try:
        return Platform(name=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlatformFileError(f"{path.name}: {error}") from error


def get_platform(name: str) -> Platform:
    """Return the platform of that name. Raises `UnknownPlatformError`."""
    try:
        return PLATFORMS[name]
    except KeyError:
        raise UnknownPlatformError(name) from None


PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {path.stem: load_platform(path) for path in sorted(_FOLDER.glob("*.toml"))}
)
"""All platforms by name."""
