"""Rename and resize a server: by command or button."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    GROW_DISK_BUTTON,
    KEEP_BUTTON,
    RESIZE_BUTTON,
    RESIZE_TO_BUTTON,
)
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    confirmed,
    context,
    cut,
    escape_message,
    machine,
    monthly,
    plain,
    price,
    section,
)
from provisioning.access.rights import ServerId
from provisioning.core.language import N_, _, ngettext, said
from provisioning.core.model.people import Member
from provisioning.core.model.server import ResizeRequest, Server, Status
from provisioning.servers.choices import present_disk, read_disk
from provisioning.servers.offers import DiskOffer, Offer
from provisioning.servers.rename import Renames
from provisioning.servers.resize import Resize, Resizes, SizeRefusedError

_ENDS = N_(
    "The server is stopped and started again for that, so what runs on it ends; its files stay. "
    "That takes a few minutes."
)

_MOST_OFFERS = 40
"""Most sizes in one answer: each has a block, and Slack takes 50 in a message."""


class ResizeCommands(Handlers):
    """The commands `rename` and `resize`, with their buttons."""

    def __init__(self, renaming: Renames, resizing: Resizes) -> None:
        self._renaming = renaming
        self._resizing = resizing

    async def rename(self, request: CommandRequest) -> Message:
        """Rename the server at once."""
        words = request.command.arguments
        name, wanted = words["name"], words["new name"]
        server = await self._renaming.rename(request.member, name, wanted, request.key)
        return plain(
            _(
                "The server is called {name} now. What runs on it continues, and its address, its "
                "files and its host name stay as they were.",
                name=code(server.name),
            )
        )

    async def resize(self, request: CommandRequest) -> Message:
        """List the sizes if none is given; ask first if the server runs; else resize it."""
        name, size = request.command.arguments["name"], request.command.get("size")
        word = request.command.get("disk")
        disk = None if word is None else read_disk(word)
        if size is None and disk is None:
            return sizes_answer(*await self._resizing.sizes(request.member, name))
        try:
            return await self._resized(request.member, name, size, disk)
        except SizeRefusedError as refusal:
            return size_refused_answer(refusal)

    async def _resized(
        self, member: Member, name: str, size: str | None, disk: int | None
    ) -> Message:
        """Ask first if the server runs; else begin."""
        if size is None:
            found = await self._resizing.find_disk(member, name, disk)
            if found.server.status is Status.RUNNING:
                return disk_question(found)
            return disk_begun_answer(await self._resizing.grow_disk(member, name, disk))
        found = await self._resizing.find_resize(member, name, size, disk)
        if found.server.status is Status.RUNNING:
            return resize_question(found)
        return resize_begun_answer(await self._resizing.resize(member, name, size, disk))

    async def sizes_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """List the sizes for the button's server."""
        return sizes_answer(*await self._resizing.sizes(member, ServerId(server_id)))

    async def size_chosen(self, member: Member, value: str, _trigger: str) -> Message:
        """Resize the server of the button. `value`: "server/size", or "server/size+GB"."""
        server_id, _slash, wanted = value.partition("/")
        size, _plus, disk = wanted.partition("+")
        try:
            ref, gb = ServerId(server_id), read_disk(disk) if disk else None
            return resize_begun_answer(await self._resizing.resize(member, ref, size, gb))
        except SizeRefusedError as refusal:
            return size_refused_answer(refusal)

    async def disk_chosen(self, member: Member, value: str, _trigger: str) -> Message:
        """Give the server of the button a larger disk. `value`: "server/GB"."""
        server_id, _slash, disk = value.partition("/")
        grown = await self._resizing.grow_disk(member, ServerId(server_id), read_disk(disk))
        return disk_begun_answer(grown)

    COMMANDS = (
        Command(
            "rename",
            "<name> <new name>",
            N_("Rename a server; its address stays, and what runs on it continues."),
            rename,
            required=("name", "new name"),
            example="rename sales sales-2026",
        ),
        Command(
            "resize",
            "<name> [size] [--disk GB]",
            N_(
                "Give a server another size or a larger disk, with the price; a running server is "
                "stopped and started again."
            ),
            resize,
            required=("name",),
            optional=("size",),
            options=("disk",),
            example="resize sales Standard_B2ms",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        RESIZE_BUTTON: sizes_clicked,
        RESIZE_TO_BUTTON: size_chosen,
        GROW_DISK_BUTTON: disk_chosen,
    }


def sizes_answer(server: Server, offers: Sequence[Offer]) -> Message:
    """Return the available sizes, each with its price and a button."""
    has = _(
        "{name} has the size {size}, {price}.",
        name=code(server.name),
        size=code(server.size),
        price=price(server.price_per_hour),
    )
    if not offers:
        none = _(
            "No other size is available for it now. Try again later, or ask an admin for more "
            "quota."
        )
        return Message(has, [section(has), section(none)])
    return Message(has, [section(has), context(_ends(server)), *_offers(server, offers)])


def resize_question(resize: Resize) -> Message:
    """Return the question with both prices, what ends, and two buttons."""
    server, size = resize.server, resize.size
    text = _(
        "Resize {name} from {present} ({price}) to {wanted}, {machine} ({new_price})?",
        name=code(server.name),
        present=code(server.size),
        price=price(server.price_per_hour),
        wanted=code(size.name),
        machine=machine(size),
        new_price=price(resize.price),
    )
    value = f"{server.id}/{size.name}"
    blocks = [section(text), section(said(_ENDS))]
    if resize.disk is not None:
        value += f"+{resize.disk.gb}"
        blocks.insert(1, section(_disk_line(resize.disk)))
    row = actions(
        button(_("Resize it"), RESIZE_TO_BUTTON, value, style="danger"),
        button(_("Keep"), KEEP_BUTTON, server.id),
    )
    return Message(text, [*blocks, row])


def disk_question(resize: Resize) -> Message:
    """Return the question about a larger disk: its price, what ends, and two buttons."""
    server, disk = resize.server, resize.disk
    if disk is None:
        return resize_question(resize)
    text = _(
        "Enlarge the disk of {name} from {present} GB to {gb} GB ({price})? A disk can't shrink "
        "again.",
        name=code(server.name),
        present=present_disk(server),
        gb=disk.gb,
        price=monthly(disk.price_per_month),
    )
    row = actions(
        button(_("Enlarge it"), GROW_DISK_BUTTON, f"{server.id}/{disk.gb}", style="danger"),
        button(_("Keep"), KEEP_BUTTON, server.id),
    )
    return Message(text, [section(text), section(said(_ENDS)), row])


def disk_begun_answer(server: Server) -> Message:
    """Return the answer to a larger disk that has begun."""
    return plain(
        _(
            "I'm enlarging the disk of {name} to {gb} GB. Its card in our DM shows when that is "
            "done.",
            name=code(server.name),
            gb=server.resize.disk_gb if server.resize else server.disk_gb,
        )
    )


def _disk_line(disk: DiskOffer) -> str:
    return _(
        "Its disk gets {gb} GB ({price}), and can't shrink again.",
        gb=disk.gb,
        price=monthly(disk.price_per_month),
    )


def size_refused_answer(refusal: SizeRefusedError) -> Message:
    """Return the reason of a refusal, and the available sizes."""
    text = cut(escape_message(refusal.message))
    more = [context(_("These sizes are available now:"))] if refusal.offers else []
    return Message(text, [section(text), *more, *_offers(refusal.server, refusal.offers)])


def resize_begun_answer(server: Server) -> Message:
    """Return the answer to a resize that has begun."""
    wanted = server.resize or ResizeRequest(server.size, server.price_per_hour)
    text = _(
        "I'm resizing {name} from {present} ({price}) to {wanted} ({new_price}). Its card in our "
        "DM shows when that is done. If the new size is not available after all, the server gets "
        "its present size back.",
        name=code(server.name),
        present=code(server.size),
        price=price(server.price_per_hour),
        wanted=code(wanted.size),
        new_price=price(wanted.price),
    )
    return plain(text)


def _offers(server: Server, offers: Sequence[Offer]) -> list[Block]:
    rows = [section(_line(offer), _button(server, offer)) for offer in offers[:_MOST_OFFERS]]
    more = len(offers) - _MOST_OFFERS
    if more > 0:
        typed = code(f"{command_name()} resize {server.name} <size>")
        text = ngettext(
            "… and {n} more: {command} takes it too.",
            "… and {n} more: {command} takes them too.",
            more,
            command=typed,
        )
        rows.append(context(text))
    return rows


def _line(offer: Offer) -> str:
    size = offer.size
    return f"{code(size.name)} · {machine(size)} · {price(offer.price_per_hour)}"


def _button(server: Server, offer: Offer) -> Block:
    element = button(_("Choose"), RESIZE_TO_BUTTON, f"{server.id}/{offer.size.name}")
    if server.status is not Status.RUNNING:
        return element
    title = _("Resize {name}?", name=server.name)
    return confirmed(element, title, said(_ENDS), _("Resize it"), _("Leave it as it is"))


def _ends(server: Server) -> str:
    if server.status is Status.RUNNING:
        return said(_ENDS)
    return _("The server is stopped, so only its size changes.")
