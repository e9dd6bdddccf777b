"""The use cases of a resize: the sizes that are possible, and the resize itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from provisioning.access.rights import Right, Rights, ServerId, ServerRef, has_just_changed
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.language import _, said
from provisioning.core.model.cloud import Size, larger_disk
from provisioning.core.model.limits import load_of_server
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import ResizeRequest, Server
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import OwnLimitStore, ServerStore
from provisioning.limits.checks import require_room
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.choices import choose_disk, choose_size, present_disk
from provisioning.servers.offers import DiskOffer, Offer
from provisioning.servers.transitions import RESIZE, Transitions

_MOST_OFFERED = 8


class SizeRefusedError(UserError):
    """The requested size is not available now; `offers` are the sizes that are."""

    def __init__(self, message: str, server: Server, offers: Sequence[Offer]) -> None:
        super().__init__(message, "size")
        self.server = server
        self.offers = offers


@dataclass(frozen=True)
class Resize:
    """A checked resize; `price` is in US dollars an hour, None if not known.

    `disk` is the larger disk, None if the disk stays.
    """

    server: Server
    size: Size
    price: Decimal | None
    disk: DiskOffer | None = None


@dataclass(frozen=True)
class Resizes:
    """Resize servers; only their owner may."""

    store: ServerStore
    limits: OwnLimitStore
    cloud: Cloud
    prices: Prices
    rights: Rights
    work: Work
    clock: Clock
    policy: Policy

    async def sizes(self, actor: Member, ref: ServerRef) -> tuple[Server, Sequence[Offer]]:
        """Return the server and the sizes that it can have now, with prices.

        Raises:
            UserError: if the actor is not the owner, or the server's state does not allow it.
        """
        server = await self.rights.find(actor, ref, Right.RESIZE)
        RESIZE.check(server)
        return server, await self._offers(server)

    async def find_disk(self, actor: Member, ref: ServerRef, wanted: int | None) -> Resize:
        """Return the checked change of the disk alone; `wanted` None is the next larger disk.

        Raises:
            UserError: as `sizes` does, for a disk that is not larger or not offered, and for one
                that is beyond the owner's limit of cost.
        """
        server = await self.rights.find(actor, ref, Right.RESIZE)
        RESIZE.check(server)
        larger = await self._disk(server, wanted)
        await self._require_room(server, replace(server, disk_price=larger.price_per_month))
        return Resize(
            server,
            Size(server.size, 0, 0),
            server.price_per_hour,
            larger,
        )

    async def _require_room(self, server: Server, changed: Server) -> None:
        await require_room(self.limits, self.policy, load_of_server(server), changed)

    async def next_disk(self, server: Server) -> DiskOffer | None:
        """Return the next larger disk that the owner may choose, None if there is none."""
        gb = larger_disk(present_disk(server))
        if gb is None or gb > self.policy.limits.disk:
            return None
        return DiskOffer(gb, await self.prices.disk_per_month(gb, server.region))

    async def _disk(self, server: Server, wanted: int | None) -> DiskOffer:
        """Return the larger disk with its price. Raises `UserError` if it is none."""
        present = present_disk(server)
        platform, most = get_platform(server.platform), self.policy.limits.disk
        gb = choose_disk(platform, most, wanted or present + 1, present)
        return DiskOffer(gb, await self.prices.disk_per_month(gb, server.region))

    async def find_resize(
        self, actor: Member, ref: ServerRef, size: str, disk: int | None = None
    ) -> Resize:
        """Return the checked resize, with nothing changed yet; `disk` is a larger disk in GB.

        Raises:
            UserError: as `sizes` does, and for a size that is unknown or the present one.
            SizeRefusedError: if the size is not available now, or does not fit the machine.
        """
        server = await self.rights.find(actor, ref, Right.RESIZE)
        RESIZE.check(server)
        name = choose_size(get_platform(server.platform), self._allowed(server), size)
        if name == server.size:
            raise UserError(
                _("`{name}` already has the size `{size}`.", name=server.name, size=name)
            )
        try:
            found = await self.cloud.capacity.check_resize(server, name)
        except PermanentError as refusal:
            offers = await self._offers(server)
            raise SizeRefusedError(said(refusal.reason), server, offers) from refusal
        price = await self._price(server, name)
        larger = None if disk is None else await self._disk(server, disk)
        disk_price = server.disk_price if larger is None else larger.price_per_month
        changed = replace(server, size=name, price_per_hour=price, disk_price=disk_price)
        await self._require_room(server, changed)
        return Resize(server, found, price, larger)

    async def resize(
        self, actor: Member, ref: ServerRef, size: str, disk: int | None = None
    ) -> Server:
        """Begin to resize the server; a running server is stopped for it and started again.

        Raises as `find_resize` does.
        """
        return await self._begin(actor, await self.find_resize(actor, ref, size, disk))

    async def grow_disk(self, actor: Member, ref: ServerRef, wanted: int | None) -> Server:
        """Begin to give the server a larger disk, as `resize` does. Raises as `find_disk` does."""
        return await self._begin(actor, await self.find_disk(actor, ref, wanted))

    async def _begin(self, actor: Member, found: Resize) -> Server:
        server, disk_gb = found.server, found.disk.gb if found.disk else 0
        detail = f"{server.name} {server.size} -> {found.size.name}"
        if disk_gb:
            detail += f", disk {present_disk(server)} -> {disk_gb} GB"
        request = ResizeRequest(found.size.name, found.price, disk_gb)
        changed = await Transitions(self.store, self.work, self.clock).begin(
            server, RESIZE, actor.id, detail, resize=request
        )
        if changed is None:  # a second click was faster
            RESIZE.check(await self.rights.find(actor, ServerId(server.id), Right.RESIZE))
            raise has_just_changed(server)
        return changed

    def _allowed(self, server: Server) -> Sequence[str]:
        return self.policy.allowed_sizes or get_platform(server.platform).sizes

    async def _offers(self, server: Server) -> Sequence[Offer]:
        allowed = self._allowed(server)
        possible = await self.cloud.capacity.resizable_to(server)
        sizes = [size for size in possible if size.name in allowed]
        sizes.sort(key=lambda size: allowed.index(size.name))
        return [Offer(size, await self._price(server, size.name)) for size in sizes[:_MOST_OFFERED]]

    async def _price(self, server: Server, size: str) -> Decimal | None:
        return await self.prices.per_hour(size, get_platform(server.platform).os, server.region)
