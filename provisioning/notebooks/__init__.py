"""The contents of a server: packages, repositories, exported notebooks, logs, the full disk.

Nothing in this package starts or stops a server.
"""

from dataclasses import dataclass

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Rights
from provisioning.core.ports.ports import Ports
from provisioning.notebooks.disk import DiskMessages, DiskWatch
from provisioning.notebooks.export import Exports, Printer
from provisioning.notebooks.logs import ServerLogs
from provisioning.notebooks.packages import Packages
from provisioning.notebooks.updates import Updates


@dataclass(frozen=True)
class NotebookUseCases:
    """The use cases of this package."""

    packages: Packages
    logs: ServerLogs
    exports: Exports
    disks: DiskWatch
    updates: Updates


def wire(
    ports: Ports, rights: Rights, reach: Reach, printer: Printer, disk_messages: DiskMessages
) -> NotebookUseCases:
    """Make the use cases; `printer` makes a PDF of a notebook."""
    return NotebookUseCases(
        packages=Packages(rights, ports.servers, ports.work, ports.clock),
        logs=ServerLogs(rights, ports.host, reach),
        exports=Exports(rights, ports.host, reach, printer, ports.audit, ports.clock),
        disks=DiskWatch(ports.servers, disk_messages),
        updates=Updates(rights, ports.servers, ports.work, ports.clock),
    )
