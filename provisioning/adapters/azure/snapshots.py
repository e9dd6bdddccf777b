"""Snapshots of servers' disks, which outlive their server, and disks made of them.

A snapshot's id is chosen with the request to keep the disk (`Server.snapshot`), so that no
earlier snapshot of the same server is taken for it.
"""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import from_sdk, is_absence, translated
from provisioning.adapters.azure.pacing import SHORT
from provisioning.adapters.azure.reading import or_none
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Snapshots

if TYPE_CHECKING:
    from azure.mgmt.compute.models import Disk, Snapshot

_TAKE = N_("take a snapshot of the disk")
_RESTORE = N_("create a disk from the snapshot")
_ENDED_BADLY = ("Failed", "Canceled")


class AzureSnapshots(Snapshots):
    """Everything of Microsoft.Compute/snapshots, and the disks made of snapshots."""

    def __init__(self, clients: AzureClients, installation: str) -> None:
        self._clients = clients
        self._config = clients.config
        self._group = clients.config.resource_group
        self._installation = installation

    @override
    async def ensure_copy(self, server: Server, until: datetime) -> bool:
        name = names.copy(server.id, _id(server))
        snapshot = await self._snapshot(name)
        if snapshot is None or snapshot.provisioning_state in _ENDED_BADLY:
            disk = await self._disk(server.id)
            if disk is None:
                return False
            begin = self._clients.compute.snapshots.begin_create_or_update
            body = self._snapshot_body(server, until)
            where = {"region": server.region}
            await self._clients.finish(_TAKE, begin, self._group, name, body, **where)
        await self._wait_until_complete(name)
        return True

    @override
    async def delete_copy(self, server_id: str, copy: str) -> None:
        begin = self._clients.compute.snapshots.begin_delete
        try:
            await self._clients.finish_raw(begin, self._group, names.copy(server_id, copy))
        except AzureError as error:
            if is_absence(error):
                return
            raise from_sdk(error, N_("delete the snapshot"), self._clients.facts) from error

    async def ensure_disk(self, server: Server) -> "Disk":
        """Return the server's disk, made of its snapshot unless it exists already.

        Raises `PermanentError` if the snapshot no longer exists.
        """
        disk = await self._disk(server.id)
        if disk is None or disk.provisioning_state in _ENDED_BADLY:
            snapshot = await self._snapshot(names.copy(server.id, _id(server)))
            if snapshot is None:
                raise PermanentError(
                    N_(
                        "The snapshot of the server's disk is no longer in Azure, so the server "
                        "can't be restored. Ask an admin whether it was deleted in the Azure "
                        "portal."
                    ),
                    "CopyGone",
                )
            begin = self._clients.compute.disks.begin_create_or_update
            body = self._disk_body(server, snapshot)
            where = {"region": server.region}
            name = names.disk(server.id)
            await self._clients.finish(_RESTORE, begin, self._group, name, body, **where)
        return await self._provisioned_disk(server.id)

    async def _snapshot(self, name: str) -> "Snapshot | None":
        with translated(N_("read the snapshot"), self._clients.facts):
            return await or_none(self._clients.compute.snapshots.get(self._group, name))

    async def _disk(self, server_id: str) -> "Disk | None":
        with translated(N_("read the disk"), self._clients.facts):
            return await or_none(
                self._clients.compute.disks.get(self._group, names.disk(server_id))
            )

    async def _wait_until_complete(self, name: str) -> None:
        deadline = asyncio.get_running_loop().time() + self._clients.patience.operation
        pace = self._clients.pace(SHORT)
        while asyncio.get_running_loop().time() < deadline:
            snapshot = await self._snapshot(name)
            if snapshot is None or snapshot.provisioning_state in _ENDED_BADLY:
                # The next call takes the snapshot again; the disk stays until it is complete.
                raise NotYet(N_("Azure did not complete the snapshot of the disk"), 5.0)
            if is_complete(snapshot):
                return
            await asyncio.sleep(pace.pause())
        raise NotYet(N_("Azure has not completed the snapshot of the disk yet"))

    async def _provisioned_disk(self, server_id: str) -> "Disk":
        deadline = asyncio.get_running_loop().time() + self._clients.patience.operation
        pace = self._clients.pace(SHORT)
        while asyncio.get_running_loop().time() < deadline:
            disk = await self._disk(server_id)
            if disk is not None and disk.provisioning_state == "Succeeded":
                return disk
            if disk is None or disk.provisioning_state in _ENDED_BADLY:
                raise NotYet(N_("Azure did not create the disk"), 5.0)
            await asyncio.sleep(pace.pause())
        raise NotYet(N_("Azure has not created the disk yet"))

    def _snapshot_body(self, server: Server, until: datetime) -> dict[str, Any]:
        source = names.resource_id(self._config, "Microsoft.Compute/disks", names.disk(server.id))
        tags = names.tags(server, self._installation, self._config)
        return {
            "location": server.region,
            "tags": tags | {names.TAG_COPY_UNTIL: until.isoformat(timespec="seconds")},
            "sku": {"name": "Standard_LRS"},
            "properties": {
                "incremental": True,
                "creationData": {"createOption": "Copy", "sourceResourceId": source},
            },
        }

    def _disk_body(self, server: Server, snapshot: "Snapshot") -> dict[str, Any]:
        """Return the body of a disk that is as large as the snapshot's, or as requested since."""
        kept = snapshot.disk_size_gb or 0
        return {
            "location": server.region,
            "tags": names.tags(server, self._installation, self._config),
            "sku": {"name": names.DISK_KIND},
            "properties": {
                "creationData": {"createOption": "Copy", "sourceResourceId": snapshot.id},
                **({"diskSizeGB": server.disk_gb} if server.disk_gb > kept else {}),
                **system_of(snapshot),
            },
        }


def _id(server: Server) -> str:
    return server.snapshot.id if server.snapshot else ""


def is_complete(snapshot: "Snapshot") -> bool:
    """Return whether the snapshot's source may be deleted.

    Azure reports a percentage only if it copies in the background.
    """
    percent = snapshot.completion_percent
    return snapshot.provisioning_state == "Succeeded" and (percent is None or percent >= 100)


def system_of(source: "Snapshot | Disk") -> dict[str, Any]:
    """Return the properties of the system on a disk that a VM's disk needs, from its source."""
    security = source.security_profile.security_type if source.security_profile else None
    found: dict[str, Any] = {
        "osType": source.os_type,
        "hyperVGeneration": source.hyper_v_generation,
        "securityProfile": {"securityType": security} if security else None,
    }
    return {name: value for name, value in found.items() if value is not None}
