"""The tables of adapters, one line each; a platform names the adapters that fit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .disk_growth import DiskGrowth, LinuxDiskGrowth
from .environment import ensure_uv
from .firewall import Firewall, Nft
from .firewalld import Firewalld
from .layout import Layout
from .linux_probe import LinuxProbe
from .member_ssh import MemberSsh, NoMemberSsh, OpenSsh
from .packages import Apt, NoPackages, PackageManager, Zypper
from .probe import Probe
from .services import ServiceManager, Systemd
from .specification import PlatformSection, SpecificationError
from .users import NotebookUser, UnixUser
from .windows.disk_growth import WindowsDiskGrowth
from .windows.environment import check_uv
from .windows.layout import WindowsLayout
from .windows.portproxy import PortProxy
from .windows.powershell import protect
from .windows.probe import WindowsProbe
from .windows.tasks import ScheduledTasks
from .windows.user import WindowsUser

PACKAGE_MANAGERS: Mapping[str, PackageManager] = {
    "apt": Apt(),
    "zypper": Zypper(),
    "none": NoPackages(),
}
SERVICE_MANAGERS: Mapping[str, ServiceManager] = {
    "systemd": Systemd(),
    "scheduled-task": ScheduledTasks(),
}
FIREWALLS: Mapping[str, Firewall] = {
    "nft": Nft(),
    "firewalld": Firewalld(),
    "portproxy": PortProxy(),
}


@dataclass(frozen=True)
class System:
    """The parts that differ with the operating system itself.

    - `layout`: where files are;
    - `user`: the account that the notebooks run as;
    - `ensure_uv`: how uv comes to the machine;
    - `protect`: how only administrators can open a file, where the file's mode can't say so;
    - `probe`: how the activity probe reads processes, load and uptime;
    - `member_ssh`: how members sign in over SSH;
    - `disk_growth`: how the file system follows a disk that has grown.
    """

    layout: Callable[[Path], Layout]
    user: Callable[[str, Layout], NotebookUser]
    ensure_uv: Callable[[Layout, Path], bool]
    protect: Callable[[Path], None]
    probe: Probe
    member_ssh: MemberSsh
    disk_growth: DiskGrowth


SYSTEMS: Mapping[str, System] = {
    "linux": System(
        Layout,
        UnixUser,
        ensure_uv,
        lambda file: None,
        LinuxProbe(),
        OpenSsh(),
        LinuxDiskGrowth(),
    ),
    "windows": System(
        WindowsLayout,
        WindowsUser,
        check_uv,
        protect,
        WindowsProbe(),
        NoMemberSsh(),
        WindowsDiskGrowth(),
    ),
}

T = TypeVar("T")


@dataclass(frozen=True)
class Adapters:
    """The adapters of one platform."""

    system: System
    packages: PackageManager
    services: ServiceManager
    firewall: Firewall


def adapters_of(platform: PlatformSection) -> Adapters:
    """Return a platform's adapters. Raises `SpecificationError` for an unknown name."""
    return Adapters(
        system_of(platform.os),
        _known("package_manager", platform.package_manager, PACKAGE_MANAGERS),
        _known("service_manager", platform.service_manager, SERVICE_MANAGERS),
        _known("firewall", platform.firewall, FIREWALLS),
    )


def system_of(name: str) -> System:
    """Return the operating system of that name. Raises `SpecificationError` for an unknown one."""
    return _known("os", name, SYSTEMS)


def _known(field: str, name: str, registry: Mapping[str, T]) -> T:
    if name not in registry:
        known = ", ".join(registry)
        raise SpecificationError(f"{field} {name!r} is unknown. Use one of: {known}.")
    return registry[name]
