"""Which adapters there are: one line each. A platform names those that fit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from .firewall import Firewall, Nft
from .firewalld import Firewalld
from .packages import Apt, PackageManager, Zypper
from .services import ServiceManager, Systemd
from .specification import PlatformSection, SpecificationError

PACKAGE_MANAGERS: Mapping[str, PackageManager] = {
    "apt": Apt(),
    "zypper": Zypper(),
}
SERVICE_MANAGERS: Mapping[str, ServiceManager] = {
    "systemd": Systemd(),
}
FIREWALLS: Mapping[str, Firewall] = {
    "nft": Nft(),
    "firewalld": Firewalld(),
}

T = TypeVar("T")


@dataclass(frozen=True)
class Adapters:
    """Those of one operating system."""

    packages: PackageManager
    services: ServiceManager
    firewall: Firewall


def adapters_of(platform: PlatformSection) -> Adapters:
    """Raises `SpecificationError` for a name that none has."""
    return Adapters(
        _known("package_manager", platform.package_manager, PACKAGE_MANAGERS),
        _known("service_manager", platform.service_manager, SERVICE_MANAGERS),
        _known("firewall", platform.firewall, FIREWALLS),
    )


def _known(field: str, name: str, registry: Mapping[str, T]) -> T:
    if name not in registry:
        known = ", ".join(registry)
        raise SpecificationError(f"{field} {name!r} is not known; known: {known}.")
    return registry[name]
