"""Orphans: resources in the cloud that belong to no live server, and what admins do about them.

Only resources with this installation's tags count.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from provisioning.access.rights import require_admin
from provisioning.admin.adoption import Adoption
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.cloud import CloudResource
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import PLATFORMS


@dataclass(frozen=True)
class Orphan:
    """Resources in the cloud of a server that is not live in the store."""

    server_id: str
    owner: str
    resources: tuple[CloudResource, ...]


def orphans_among(
    resources: Sequence[CloudResource], live: Collection[str], kept: Collection[str]
) -> Sequence[Orphan]:
    """Return the resources that belong to no live server, grouped by server.

    Snapshots of the servers in `kept` are no orphans.
    """
    found: dict[str, list[CloudResource]] = {}
    for resource in resources:
        is_kept = resource.is_copy and resource.server_id in kept
        if resource.server_id not in live and not is_kept:
            found.setdefault(resource.server_id, []).append(resource)
    return [
        Orphan(server_id, next((each.owner for each in parts if each.owner), ""), tuple(parts))
        for server_id, parts in sorted(found.items())
    ]


@dataclass(frozen=True)
class Orphans:
    """What admins do about orphans. Each method raises `UserError` for other members."""

    adoption: Adoption
    store: ServerStore
    work: Work
    clock: Clock

    async def find(self, actor: Member) -> Sequence[Orphan]:
        """Return the present orphans.

        The cloud's lists lag behind: resources that have just been deleted may be among them.
        """
        require_admin(actor)
        resources = await self.adoption.cloud.inventory.resources()
        live = {each.id for each in await self.store.list_servers()}
        kept = {each.id for each in await self.store.kept_copies()}
        return orphans_among(resources, live, kept)

    async def adopt_all(self, actor: Member) -> tuple[Sequence[Server], Sequence[str]]:
        """Adopt every orphan that has a machine."""
        require_admin(actor)
        return await self.adoption.adopt_all(actor.id)

    async def adopt(self, actor: Member, server_id: str) -> Server:
        """Adopt one orphan; its owner can use it again."""
        require_admin(actor)
        return await self.adoption.adopt(actor.id, server_id)

    async def delete(self, actor: Member, server_id: str) -> Server:
        """Delete every resource of the orphan from the cloud."""
        require_admin(actor)
        known = await self.store.get(server_id)
        if known is not None and known.status.is_live:
            raise UserError(
                _(
                    "`{name}` is no orphan: it belongs to <@{owner}>.",
                    name=known.name,
                    owner=known.owner,
                )
            )
        await self._require_ours(server_id)
        now = self.clock.now()
        event = Event(now, actor.id, Job.DELETE, server_id, "accepted", "orphan")
        leftovers = Server(
            id=server_id,
            name=f"orphan-{server_id}",
            owner=actor.id,
            owner_name=actor.name,
            platform=next(iter(PLATFORMS)),
            size="",
            region="",
            status=Status.DELETING,
            created_at=now,
            ended_at=now,
            request_key=f"adopt:{server_id}",
        )
        server = await self.adoption.write(leftovers, event)
        await self.work.begin(Job.DELETE, server)
        return server

    async def _require_ours(self, server_id: str) -> None:
        """Refuse to delete an orphan of which nothing is of a kind that the bot makes."""
        resources = await self.adoption.cloud.inventory.resources()
        parts = [each for each in resources if each.server_id == server_id]
        if parts and all(each.is_foreign for each in parts):
            raise UserError(
                _(
                    "`{name}` carries a server's tag, but the bot makes no resources of that kind "
                    "({type}), so it does not delete it. Delete the resource, or its tag "
                    "`nb-server`, in the Azure portal.",
                    name=parts[0].name,
                    type=parts[0].type,
                )
            )
