"""The warning about a disk that is nearly full. Pure."""

from handlers.kit.action_ids import GROW_DISK_BUTTON, STATUS_BUTTON
from handlers.kit.blocks import (
    Block,
    Message,
    actions,
    button,
    confirmed,
    context,
    escape,
    header,
    monthly,
    section,
)
from handlers.servers.card_notes import disk_text, largest_text
from provisioning.core.language import _
from provisioning.core.model.server import Server
from provisioning.servers.offers import DiskOffer

_URGENT = 95


def disk_warning_card(server: Server, larger: DiskOffer | None = None) -> Message:
    """Return how full the disk is, what takes most of it, and what to do.

    `larger` is the disk that the owner may choose at once, None if there is none.
    """
    if server.disk is None:
        return Message("", [])
    percent, name = server.disk.percent, escape(server.name)
    text = _("The disk of {name} is {percent} % full.", name=name, percent=percent)
    if percent >= _URGENT:
        means = _(
            "Soon nothing can be saved on it any more: notebooks, packages and results get lost."
        )
    else:
        means = _("When it is full, nothing can be saved on it any more.")
    todo = _(
        "Delete what you don't need in JupyterLab's file browser or in a terminal; that frees the "
        "space at once."
    )
    largest = largest_text(server.disk)
    return Message(
        text,
        [
            header(_("The disk of {name} is nearly full", name=server.name)),
            section(f":floppy_disk: {disk_text(server.disk)}. {means}"),
            *([section(largest)] if largest else []),
            context(todo),
            actions(*_larger(server, larger), button(_("Show it"), STATUS_BUTTON, server.id)),
        ],
    )


def _larger(server: Server, larger: DiskOffer | None) -> list[Block]:
    if larger is None:
        return []
    price = monthly(larger.price_per_month)
    text = _("Enlarge to {gb} GB ({price})", gb=larger.gb, price=price)
    element = button(text, GROW_DISK_BUTTON, f"{server.id}/{larger.gb}", style="primary")
    return [
        confirmed(
            element,
            _("Enlarge the disk of {name}?", name=server.name),
            _(
                "The server is stopped and started again for that, so what runs on it ends; its "
                "files stay. The disk costs {price} then, and can't shrink again.",
                price=price,
            ),
            _("Enlarge it"),
            _("Leave it as it is"),
        )
    ]
