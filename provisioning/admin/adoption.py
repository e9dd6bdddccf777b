"""Adoption: servers that exist in the cloud alone get their rows in the database again.

For a lost database, and for a server that has no row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from provisioning.core.errors import NotYet, UserError
from provisioning.core.language import _
from provisioning.core.model.cloud import CloudMachine, PowerState
from provisioning.core.model.events import Event
from provisioning.core.model.policy import MachineLayout, Tls
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.servers.rename import free_name

_OFF = frozenset({PowerState.DEALLOCATED, PowerState.DEALLOCATING, PowerState.STOPPED})


@dataclass(frozen=True)
class Adoption:
    """Servers with this installation's tags that are not live in the store."""

    cloud: Cloud
    store: ServerStore
    clock: Clock
    layout: MachineLayout
    tls: Tls = field(default_factory=Tls)

    async def adopt_all(self, actor: str) -> tuple[Sequence[Server], Sequence[str]]:
        """Adopt every server that has a machine.

        Returns the adopted servers and the ids of those that have parts in the cloud but no
        machine.
        """
        kept = {each.id for each in await self.store.kept_copies()}
        resources = await self.cloud.inventory.resources()
        ids = {r.server_id for r in resources if not (r.is_copy and r.server_id in kept)}
        adopted, left = [], []
        for server_id in sorted(ids):
            known = await self.store.get(server_id)
            if known is not None and known.status.is_live:
                continue
            try:
                adopted.append(await self.adopt(actor, server_id))
            except UserError:
                left.append(server_id)
        return adopted, left

    async def adopt(self, actor: str, server_id: str) -> Server:
        """Give the server a row, with the owner of its tags, running or stopped as it is.

        Raises:
            UserError: if the server has no machine with this installation's tag, or has a live row
                already.
        """
        machine = await self.cloud.machines.find(server_id)
        if machine is None:
            raise UserError(
                _(
                    "Azure shows no machine of that server now, only other resources, so it can't "
                    "be adopted. If it should have one, try again in some minutes. Otherwise "
                    "delete what is left."
                )
            )
        server = await self._row(machine)
        event = Event(self.clock.now(), actor, "adopt", server_id, "ok", server.name)
        return await self.write(server, event)

    async def write(self, server: Server, event: Event) -> Server:
        """Write the row into the store, in place of an ended row of the same server.

        The server gets another name if a live server has its name. Raises as `adopt` does.
        """
        known = await self.store.get(server.id)
        if known is not None:
            if known.status.is_live:
                raise UserError(
                    _(
                        "`{name}` is in the database already, so nothing was changed.",
                        name=known.name,
                    )
                )
            changed = await self.store.update(
                known.id,
                known.generation,
                event,
                generation=known.generation + 1,
                status=server.status,
                stopped_at=server.stopped_at,
                ended_at=None,
                name=await free_name(self.store, known.name),
                failure=None,
                remains=None,
            )
            if changed is None:
                raise UserError(_("The server has just changed. Try again."))
            return changed
        added, _is_new = await self.store.add_server(
            replace(server, name=await free_name(self.store, server.name)), event
        )
        return added

    async def _row(self, machine: CloudMachine) -> Server:
        platform, release = _platform_of(machine.image)
        now = self.clock.now()
        created_at = min(machine.created_at or now, now)
        server = Server(
            id=machine.server_id,
            name=machine.server_name or machine.server_id,
            owner=machine.owner,
            owner_name="",
            platform=platform,
            release=release,
            size=machine.size,
            region=machine.region,
            status=Status.STOPPED if machine.power in _OFF else Status.RUNNING,
            created_at=created_at,
            ready_at=created_at,
            stopped_at=now if machine.power in _OFF else None,
            request_key=f"adopt:{machine.server_id}",
        )
        try:
            endpoint = await self.cloud.network.endpoint(server)
        except NotYet:
            return server
        url = self.layout.url(self.tls.hostname(server.id, endpoint.hostname, server.region))
        return replace(server, address=endpoint.public_address, url=url)


def _platform_of(image: str) -> tuple[str, str]:
    """Return platform and release of an image; the first platform for an unlisted image."""
    for platform in PLATFORMS.values():
        for name, release in platform.releases.items():
            if str(release.image).lower() == image.lower():
                return platform.name, name
    return next(iter(PLATFORMS)), ""
