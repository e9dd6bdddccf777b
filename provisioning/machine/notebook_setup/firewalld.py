"""firewalld: the packet filter of openSUSE, with a zone of our own as the default zone."""

from __future__ import annotations

from pathlib import Path

from .commands import run
from .errors import SetUpError
from .files import ensure_file, render
from .firewall import ensure_outbound_nft
from .layout import Layout
from .services import ServiceManager
from .specification import Specification

ZONE = "notebook"
UNIT = "firewalld.service"

_YES, _NO = 0, 1  # exit codes of a query (firewall-cmd(1))
_NOT_RUNNING = 252
_INVALID_ZONE = 112


class Firewalld:
    """firewalld on openSUSE.

    The zone is a file, so it is still in force after a boot; a running daemon is told to reload.
    """

    def ensure(
        self, specification: Specification, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Write the zone, load it, make it the default zone, and check that it is in force."""
        ports = _open_ports(specification)
        values = {
            "public_port": specification.public_port,
            "notebook_port": specification.notebook_port,
            "open_ports": "\n".join(f'  <port port="{each}" protocol="tcp"/>' for each in ports),
        }
        zone = render((assets / f"{ZONE}-zone.xml").read_text(encoding="utf-8"), values)
        changed = ensure_file(layout.firewalld_zones / f"{ZONE}.xml", zone)
        running = self._is_running()
        if running and (changed or not self._is_in_force(specification)):
            run(["firewall-cmd", "--reload"])
            changed = True
        # Before the daemon's first start: the former default zone may close the SSH port, which
        # would end the connection that this program runs over.
        tool = "firewall-cmd" if running else "firewall-offline-cmd"
        if run([tool, "--get-default-zone"]).stdout.strip() != ZONE:
            run([tool, f"--set-default-zone={ZONE}"])
            changed = True
        changed |= services.ensure_enabled(UNIT)
        changed |= services.ensure_running(UNIT, restart=False)
        if changed and not self._is_in_force(specification):
            raise SetUpError("firewalld on the machine did not apply the server's rules.")
        return changed

    def ensure_outbound(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager
    ) -> bool:
        """Use nft itself: a zone has no rules for outgoing connections."""
        return ensure_outbound_nft(layout, assets, services)

    def _is_running(self) -> bool:
        return run(["firewall-cmd", "--state"], ok=(0, _NOT_RUNNING)).returncode == 0

    def _is_in_force(self, specification: Specification) -> bool:
        """Return whether the running daemon has all ports of the zone."""
        ports = f"port={specification.public_port}:proto=tcp:toport={specification.notebook_port}"
        return self._query(f"forward-port={ports}") and all(
            self._query(f"port={port}/tcp") for port in _open_ports(specification)
        )

    def _query(self, what: str) -> bool:
        argv = ["firewall-cmd", f"--zone={ZONE}", f"--query-{what}"]
        return run(argv, ok=(_YES, _NO, _INVALID_ZONE)).returncode == _YES


def _open_ports(specification: Specification) -> list[int]:
    """Return the SSH port and, if there is one, the authority's port."""
    more = specification.tls.open_port
    return [specification.ssh_port, *([more] if more else [])]
