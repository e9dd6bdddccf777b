"""The contents of a server: packages, repositories, exported notebooks and logs.

Nothing in this package starts or stops a server.
"""

from dataclasses import dataclass

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Rights
from provisioning.core.ports.ports import Ports
from provisioning.notebooks.export import Exports, Printer
from provisioning.notebooks.logs import ServerLogs
from provisioning.notebooks.packages import Packages


@dataclass(frozen=True)
class NotebookUseCases:
    """The use cases of this package."""

    packages: Packages
    logs: ServerLogs
    exports: Exports


def wire(ports: Ports, rights: Rights, reach: Reach, printer: Printer) -> NotebookUseCases:
    """Make the use cases; `printer` makes a PDF of a notebook."""
    return NotebookUseCases(
        packages=Packages(rights, ports.servers, ports.work, ports.clock),
        logs=ServerLogs(rights, ports.host, reach),
        exports=Exports(rights, ports.host, reach, printer, ports.audit, ports.clock),
    )
