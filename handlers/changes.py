"""Another name and another size: as typed and as clicked, the same use cases."""

from collections.abc import Sequence

from handlers.action_ids import KEEP, RESIZE_TO
from handlers.asked import Asked
from handlers.context import Context
from handlers.mrkdwn import (
    Block,
    Message,
    actions,
    button,
    code,
    confirmed,
    context,
    duration_range,
    escape_message,
    price,
    section,
)
from provisioning.changes import Resize, SizeRefusedError
from provisioning.creation import Offer
from provisioning.model import Member, Server, Status
from provisioning.platforms.catalogue import get_platform

_ENDS = "It is stopped and started again for that, so what runs on it ends; its files stay."


class ChangeCommands:
    """A method for each subcommand and each click."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def rename(self, asked: Asked) -> Message:
        """At once."""
        words = asked.command.arguments
        changes = self._context.servers.changes
        server = await changes.rename(asked.member, words["name"], words["new name"], asked.key)
        text = (
            f"It is {code(server.name)} now. What runs on it goes on, and its address, its files "
            "and the host name inside stay as they were."
        )
        return Message(text, [section(text)])

    async def resize(self, asked: Asked) -> Message:
        """Without a size: which there are. One that runs is asked about first."""
        words = asked.command
        found = await self._context.servers.status(asked.member, words.arguments["name"])
        size = words.get("size")
        if size is None:
            return await self.sizes_clicked(asked.member, found.id, asked.key)
        try:
            changes = self._context.servers.changes
            wish = await changes.find_resize(asked.member, found.id, size)
            if wish.server.status is Status.RUNNING:
                return question(wish)
            return begun(await changes.resize(asked.member, found.id, size))
        except SizeRefusedError as refusal:
            return refused(refusal)

    async def sizes_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """The sizes that there are for it."""
        return sizes(*await self._context.servers.changes.sizes(member, server_id))

    async def size_chosen(self, member: Member, value: str, _trigger: str) -> Message:
        """`value`: "server/size"."""
        server_id, _, size = value.partition("/")
        try:
            return begun(await self._context.servers.changes.resize(member, server_id, size))
        except SizeRefusedError as refusal:
            return refused(refusal)


def sizes(server: Server, offers: Sequence[Offer]) -> Message:
    """Each with its price and a button."""
    text = (
        f"{code(server.name)} has the size {code(server.size)}, {price(server.price_per_hour)}. "
        f"{_ends(server)}"
    )
    if not offers:
        text += " No other size can be had for it now: ask again later, or an admin for more quota."
    return Message(text, [section(text), *_offers(server, offers)])


def question(wish: Resize) -> Message:
    """Both prices, what ends, and two buttons."""
    server, size = wish.server, wish.size
    text = (
        f"Resize {code(server.name)} from {code(server.size)} ({price(server.price_per_hour)}) to "
        f"{code(size.name)}, {size.cores} cores and {size.memory_gb:g} GiB "
        f"({price(wish.price)})? {_ENDS}"
    )
    value = f"{server.id}/{size.name}"
    row = actions(
        button("Resize it", RESIZE_TO, value, style="danger"), button("Keep", KEEP, server.id)
    )
    return Message(text, [section(text), row])


def refused(refusal: SizeRefusedError) -> Message:
    """Why, and the sizes that can be had."""
    text = escape_message(refusal.message)
    more = [context("These can be had now:")] if refusal.offers else []
    return Message(text, [section(text), *more, *_offers(refusal.server, refusal.offers)])


def begun(server: Server) -> Message:
    """The work has begun."""
    platform = get_platform(server.platform)
    low = platform.stop_seconds[0] + platform.start_seconds[0]
    high = platform.stop_seconds[1] + platform.start_seconds[1]
    usual = f", usually in {duration_range(low, high)}" if server.stopped_at is None else ""
    text = (
        f"I'm resizing {code(server.name)} from {code(server.size)} "
        f"({price(server.price_per_hour)}) to {code(server.wished_size)} "
        f"({price(server.wished_price)}). Its card in our DM tells when that is done{usual}. "
        "If that size can't be had after all, it gets its present one back."
    )
    return Message(text, [section(text)])


def _offers(server: Server, offers: Sequence[Offer]) -> list[Block]:
    return [section(_line(offer), _button(server, offer)) for offer in offers]


def _line(offer: Offer) -> str:
    size = offer.size
    return (
        f"{code(size.name)} · {size.cores} cores, {size.memory_gb:g} GiB · "
        f"{price(offer.price_per_hour)}"
    )


def _button(server: Server, offer: Offer) -> Block:
    element = button("Choose", RESIZE_TO, f"{server.id}/{offer.size.name}")
    if server.status is not Status.RUNNING:
        return element
    return confirmed(element, f"Resize {server.name}?", _ENDS, "Resize it", "Leave it as it is")


def _ends(server: Server) -> str:
    return _ENDS if server.status is Status.RUNNING else "It is stopped, so it is only changed."
