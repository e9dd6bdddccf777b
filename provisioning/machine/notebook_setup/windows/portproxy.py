"""The packet filter and the public port on Windows."""

from __future__ import annotations

from pathlib import Path

from ..commands import run
from ..layout import Layout
from ..services import ServiceManager
from ..specification import Specification
from .powershell import has_changed, run_script

_NETSH = ("netsh.exe", "interface", "portproxy")

Ends = tuple[str, str, str, str]
"""Listening address and port, then target address and port."""


class PortProxy:
    """Rules of the Windows firewall, and netsh's port proxy; both survive a boot.

    Jupyter's own port has no rule, so the firewall keeps it closed.
    """

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Open the public port, and make its proxy the only one that leads to Jupyter's port."""
        public, address = str(specification.public_port), specification.bind_address
        changed = has_changed(run_script("firewall", "-Port", public))
        wanted = (address, public, address, str(specification.notebook_port))
        present = self._proxies()
        for old in present:
            if old != wanted and old[3] == wanted[3]:
                listening = [f"listenaddress={old[0]}", f"listenport={old[1]}"]
                run([*_NETSH, "delete", "v4tov4", *listening])
                changed = True
        if wanted not in present:
            names = ("listenaddress", "listenport", "connectaddress", "connectport")
            words = [f"{name}={value}" for name, value in zip(names, wanted)]  # noqa: B905 - 3.9
            run([*_NETSH, "add", "v4tov4", *words])
            changed = True
        return changed

    def ensure_outbound(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Add a rule of the firewall for the user's programs."""
        return has_changed(run_script("outbound", "-User", user))

    def _proxies(self) -> list[Ends]:
        """Return all port proxies. Only the headings differ with the language of Windows."""
        rows = [line.split() for line in run([*_NETSH, "show", "v4tov4"]).stdout.splitlines()]
        return [
            (row[0], row[1], row[2], row[3])
            for row in rows
            if len(row) == 4 and row[1].isdigit() and row[3].isdigit()
        ]
