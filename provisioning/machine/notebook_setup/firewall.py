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


class Nft:
    """nftables on Linux, in a table of our own that leaves other tables alone."""

    UNIT = "notebook-firewall.service"

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Write the rules and a service that loads them before the network is up."""
        nft = shutil.which("nft") or "/usr/sbin/nft"
        values = {
            "public_port": specification.public_port,
            "notebook_port": specification.notebook_port,
            "open_ports": _open_ports(specification),
        }
        rules = render((assets / "notebook.nft").read_text(encoding="utf-8"), values)
        file = layout.settings / "notebook.nft"
        changed = ensure_file(file, rules)
        places = {"nft": nft, "settings": layout.settings}
        unit = render((assets / self.UNIT).read_text(encoding="utf-8"), places)
        changed |= services.ensure_installed(layout.units, self.UNIT, unit)
        changed |= services.ensure_enabled(self.UNIT)
        return services.ensure_running(self.UNIT, restart=changed) or changed


def _open_ports(specification: Specification) -> str:
    """Return the SSH port and the authority's port, in nft's syntax."""
    more = specification.tls.open_port
    return f"{{ {specification.ssh_port}, {more} }}" if more else str(specification.ssh_port)
