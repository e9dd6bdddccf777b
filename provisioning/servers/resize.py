"""The use cases of a resize: the sizes that are possible, and the resize itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from provisioning.access.rights import Right, Rights, ServerId, ServerRef, has_just_changed
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.language import _, said
from provisioning.core.model.cloud import Size
from provisioning.core.model.limits import load_of
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import ResizeRequest, Server
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import OwnLimitStore, ServerStore
from provisioning.limits.checks import require_room
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.choices import choose_size
from provisioning.servers.offers import Offer
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
    """A checked resize; `price` is in US dollars an hour, None if not known."""

    server: Server
    size: Size
    price: Decimal | None


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

    async def find_resize(self, actor: Member, ref: ServerRef, size: str) -> Resize:
        """Return the checked resize, with nothing changed yet.

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
        resized = replace(server, size=name, price_per_hour=price)
        before = load_of(server.size, server.price_per_hour)
        await require_room(self.limits, self.policy, before, resized)
        return Resize(server, found, price)

    async def resize(self, actor: Member, ref: ServerRef, size: str) -> Server:
        """Begin to resize the server; a running server is stopped for it and started again.

        Raises as `find_resize` does.
        """
        found = await self.find_resize(actor, ref, size)
        server = found.server
        detail = f"{server.name} {server.size} -> {found.size.name}"
        request = ResizeRequest(found.size.name, found.price)
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
