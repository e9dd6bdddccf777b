"""The packet filter: which ports are open, and where the public port leads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from .files import ensure_file, render
from .layout import Layout
from .services import ServiceManager
from .specification import Specification


class Firewall(Protocol):
    """One operating system's packet filter."""

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Load the rules now, and at every boot."""
        ...

    def ensure_outbound(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Keep the user's programs from Azure's metadata service and host, now and after boots."""
        ...


class Nft:
    """nftables on Linux, in tables of our own that leave other tables alone."""

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Write the rules and a service that loads them before the network is up."""
        values = {
            "public_port": specification.public_port,
            "notebook_port": specification.notebook_port,
            "open_ports": _open_ports(specification),
        }
        rules = render((assets / "notebook.nft").read_text(encoding="utf-8"), values)
        changed = ensure_file(layout.settings / "notebook.nft", rules)
        unit = "notebook-firewall.service"
        return _ensure_loaded(unit, layout, assets, services, changed=changed)

    def ensure_outbound(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Write rules for all accounts that are not the system's, and a service for them."""
        return ensure_outbound_nft(layout, assets, services)


def ensure_outbound_nft(layout: Layout, assets: Path, services: ServiceManager) -> bool:
    """Load the rules for outgoing connections, in a table of their own."""
    rules = (assets / "notebook-outbound.nft").read_text(encoding="utf-8")
    changed = ensure_file(layout.settings / "notebook-outbound.nft", rules)
    unit = "notebook-outbound.service"
    return _ensure_loaded(unit, layout, assets, services, changed=changed)


def _ensure_loaded(
    name: str, layout: Layout, assets: Path, services: ServiceManager, *, changed: bool
) -> bool:
    """Have a service load a file of rules now, and before the network is up at each boot."""
    places = {"nft": shutil.which("nft") or "/usr/sbin/nft", "settings": layout.settings}
    unit = render((assets / name).read_text(encoding="utf-8"), places)
    changed |= services.ensure_installed(layout.units, name, unit)
    changed |= services.ensure_enabled(name)
    return services.ensure_running(name, restart=changed) or changed


def _open_ports(specification: Specification) -> str:
    """Return the SSH port and the authority's port, in nft's syntax."""
    more = specification.tls.open_port
    return f"{{ {specification.ssh_port}, {more} }}" if more else str(specification.ssh_port)
