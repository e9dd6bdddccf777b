"""The warning about a disk that is nearly full. Pure."""

from handlers.kit.action_ids import STATUS_BUTTON
from handlers.kit.blocks import Message, actions, button, context, escape, header, section
from handlers.servers.card_notes import disk_text, largest_text
from provisioning.core.language import _
from provisioning.core.model.server import Server

_URGENT = 95


def disk_warning_card(server: Server) -> Message:
    """Return how full the disk is, what takes most of it, and what to do."""
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
            actions(button(_("Show it"), STATUS_BUTTON, server.id)),
        ],
    )
