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
"""Address and port that are listened on, address and port that they lead to."""


class PortProxy:
    """Rules of Windows's own firewall, and netsh's port proxy, both of which hold over a boot.

    The notebook's own port has no rule, and what has none is closed.
    """

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """The rule, and one way in."""
        public, address = str(specification.public_port), specification.bind_address
        changed = has_changed(run_script("firewall", "-Port", public))
        wanted = (address, public, address, str(specification.notebook_port))
        there = self._ways()
        for old in there:
            if old != wanted and old[3] == wanted[3]:
                run([*_NETSH, "delete", "v4tov4", f"listenaddress={old[0]}",
                     f"listenport={old[1]}"])  # fmt: skip
                changed = True
        if wanted not in there:
            names = ("listenaddress", "listenport", "connectaddress", "connectport")
            words = [f"{name}={value}" for name, value in zip(names, wanted)]  # noqa: B905 - 3.9
            run([*_NETSH, "add", "v4tov4", *words])
            changed = True
        return changed

    def _ways(self) -> list[Ends]:
        """All that there are. The headings differ with Windows's language, the rows don't."""
        rows = [line.split() for line in run([*_NETSH, "show", "v4tov4"]).stdout.splitlines()]
        return [
            (row[0], row[1], row[2], row[3])
            for row in rows
            if len(row) == 4 and row[1].isdigit() and row[3].isdigit()
        ]
