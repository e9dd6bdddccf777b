"""What can be done with a server, as buttons: on its card, in a list, in the Home tab. Pure."""

from handlers.kit.action_ids import (
    DELETE_BUTTON,
    LOGS_BUTTON,
    OPEN_BUTTON,
    OTHER_REGION_BUTTON,
    PASSWORD_BUTTON,
    RESIZE_BUTTON,
    RESTART_BUTTON,
    SHARE_BUTTON,
    START_BUTTON,
    STOP_BUTTON,
    UNDO_BUTTON,
)
from handlers.kit.blocks import Block, actions, button, code, confirmed, section
from provisioning.core.language import _
from provisioning.core.model.server import Server, Status

_MOST_REGIONS = 5
"""Offered on one card; `create` takes any other with `--region`."""


def buttons(server: Server) -> list[Block]:
    """What can be done with a server in its state: a row of buttons, or nothing."""
    match server.status:
        case Status.RUNNING:
            return [
                actions(
                    button(_("Open"), OPEN_BUTTON, server.id, style="primary", url=server.url),
                    button(_("New password"), PASSWORD_BUTTON, server.id),
                    _ending_button(
                        server, _("Stop"), STOP_BUTTON, _("Stop {name}?", name=server.name)
                    ),
                    _ending_button(
                        server, _("Restart"), RESTART_BUTTON, _("Restart {name}?", name=server.name)
                    ),
                    button(_("Share"), SHARE_BUTTON, server.id),
                    button(_("Resize"), RESIZE_BUTTON, server.id),
                    button(_("Logs"), LOGS_BUTTON, server.id),
                    delete_button(server),
                )
            ]
        case Status.STOPPED:
            start = button(_("Start"), START_BUTTON, server.id, style="primary")
            resize = button(_("Resize"), RESIZE_BUTTON, server.id)
            return [actions(start, resize, delete_button(server))]
        case Status.CREATING:
            return [actions(delete_button(server))]
        case Status.DELETED if server.snapshot:
            return [actions(button(_("Undo the deletion"), UNDO_BUTTON, server.id))]
        case _:
            return []


def guest_buttons(server: Server) -> list[Block]:
    """What a person can do with whom the server is shared."""
    if server.status is not Status.RUNNING:
        return []
    return [
        actions(
            button(_("Open"), OPEN_BUTTON, server.id, style="primary", url=server.url),
            button(_("New password"), PASSWORD_BUTTON, server.id),
        )
    ]


def elsewhere(server: Server) -> list[Block]:
    """The regions in which a server that failed could be made instead, each with its button: in
    blocks of their own, since one action's id is once in a block."""
    return [
        section(
            _("{region} had room for it just now.", region=code(region)),
            button(_("Make it there"), OTHER_REGION_BUTTON, f"{server.id}/{region}"),
        )
        for region in server.elsewhere[:_MOST_REGIONS]
    ]


def _ending_button(server: Server, word: str, action_id: str, question: str) -> Block:
    """A button that ends what runs, with Slack's dialog before it."""
    return confirmed(
        button(word, action_id, server.id),
        question,
        _("Kernels, terminals and whatever else runs on it end. Its files stay."),
        word,
        _("Leave it running"),
    )


def delete_button(server: Server) -> Block:
    """Delete, with Slack's dialog before it."""
    return confirmed(
        button(_("Delete"), DELETE_BUTTON, server.id, style="danger"),
        _("Delete {name}?", name=server.name),
        _("The server, its disk and all notebooks on it are removed. This can't be undone."),
        _("Delete it"),
        _("Keep it"),
    )
