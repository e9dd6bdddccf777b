"""The packet filter: what reaches the machine, and where the public port leads."""

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
        """Load the rules now and at every boot."""
        ...


class Nft:
    """Linux's, in a table of our own beside whatever else there is."""

    UNIT = "notebook-firewall.service"

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """The rules as a file, loaded by a service of their own before the network is up."""
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
    """SSH, and what the certificate's authority looks at, as nft writes one or several."""
    more = specification.tls.open_port
    return f"{{ {specification.ssh_port}, {more} }}" if more else str(specification.ssh_port)
