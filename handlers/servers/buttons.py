"""The buttons of a server: on its card, in a list, in the Home tab. Pure."""

from collections.abc import Mapping

from handlers.kit.action_ids import (
    ALL_BUTTON,
    DELETE_BUTTON,
    DELETE_WITH_COPY_BUTTON,
    FILES_BUTTON,
    LOGS_BUTTON,
    LOOK_AGAIN_BUTTON,
    MENU,
    OF_A_SERVER,
    OPEN_BUTTON,
    OTHER_REGION_BUTTON,
    PASSWORD_BUTTON,
    REPAIR_BUTTON,
    RESIZE_BUTTON,
    RESTART_BUTTON,
    RESTORE_FROM_DISK_BUTTON,
    SHARE_BUTTON,
    START_BUTTON,
    STOP_BUTTON,
    UNDO_BUTTON,
    UPDATE_BUTTON,
)
from handlers.kit.blocks import Block, actions, button, code, confirmed, overflow, section
from provisioning.core.language import _
from provisioning.core.model.server import Job, Server, Status

_MOST_REGIONS = 5
"""Most regions that a card offers; `create` takes any region with `--region`."""


def buttons(server: Server) -> list[Block]:
    """Return what a card or a list offers: the next thing to do, and a menu with the rest."""
    match server.status:
        case Status.RUNNING:
            return [_row(server, *_next(server), _menu(server))]
        case Status.STOPPED:
            start = button(_("Start"), START_BUTTON, server.id, style="primary")
            return [_row(server, start, _menu(server))]
        case Status.CREATING:
            return [_row(server, cancel_button(server))]
        case Status.MISSING:
            return _missing_buttons(server)
        case Status.DELETED if server.snapshot:
            return [_row(server, button(_("Undo the deletion"), UNDO_BUTTON, server.id))]
        case _:
            return []


def _row(server: Server, *elements: Block) -> Block:
    """Return a row of buttons that belongs to the server, so that a click leaves a list alone."""
    return actions(*elements) | {"block_id": f"{OF_A_SERVER}{server.id}"}


def _open(server: Server) -> Block:
    return button(_("Open"), OPEN_BUTTON, server.id, style="primary", url=server.url)


def _next(server: Server) -> list[Block]:
    """Return Open, and a new password if the last one was hidden before it was used."""
    if server.outage is not None:
        return _of_an_outage(server)
    password = server.password
    if password is None or password.shown_at is not None or password.used_at is not None:
        return [_open(server)]
    return [_open(server), button(_("New password"), PASSWORD_BUTTON, server.id)]


def _menu(server: Server) -> Block:
    password, share = (_("New password"), PASSWORD_BUTTON), (_("Share"), SHARE_BUTTON)
    restart, resize = (_("Restart"), RESTART_BUTTON), (_("Resize"), RESIZE_BUTTON)
    stop, delete = (_("Stop"), STOP_BUTTON), (_("Delete"), DELETE_BUTTON)
    words = [password, share, stop, delete, (_("More …"), ALL_BUTTON)]
    if server.status is Status.STOPPED:
        words = [resize, delete]
    elif server.outage is not None:
        words = [password, restart, resize, stop, delete]
    return overflow(MENU, [(word, f"{action_id}/{server.id}") for word, action_id in words])


def cancel_button(server: Server) -> Block:
    """Return the button that ends a creation, with Slack's dialog in front of it."""
    return confirmed(
        button(_("Cancel"), DELETE_BUTTON, server.id),
        _("Cancel {name}?", name=server.name),
        _("Its creation stops, and what has been created for it is deleted."),
        _("Cancel it"),
        _("Go on"),
    )


def all_buttons(server: Server) -> list[Block]:
    """Return the rows of all that can be done with a running server."""
    return [
        actions(
            _open(server),
            button(_("New password"), PASSWORD_BUTTON, server.id),
            button(_("Share"), SHARE_BUTTON, server.id),
            button(_("Logs"), LOGS_BUTTON, server.id),
        ),
        actions(
            _ending_button(server, _("Stop"), STOP_BUTTON, _("Stop {name}?", name=server.name)),
            _ending_button(
                server, _("Restart"), RESTART_BUTTON, _("Restart {name}?", name=server.name)
            ),
            button(_("Resize"), RESIZE_BUTTON, server.id),
            _ending_button(
                server, _("Repair"), REPAIR_BUTTON, _("Repair {name}?", name=server.name)
            ),
            delete_button(server),
        ),
    ]


def again_buttons(server: Server) -> list[Block]:
    """Return the button that repeats the request that has failed, if the server allows it now."""
    job, status = server.failure.job if server.failure else "", server.status
    if server.remains is not None and not status.is_live:
        job = Job.DELETE
    if (job, status) in _REPAIRABLE:
        return [
            actions(
                button(_("Repair"), REPAIR_BUTTON, server.id, style="primary"),
                button(_("Try again"), START_BUTTON, server.id),
            )
        ]
    if server.outage is not None and status is Status.RUNNING:
        return []  # the card's own buttons do that
    again, action_id = _("Try again"), _AGAIN.get((job, status), "")
    if not action_id:
        return []
    if action_id == DELETE_BUTTON:
        return [actions(delete_button(server, again))]
    if action_id in (STOP_BUTTON, RESTART_BUTTON):
        question = _("Try that again with {name}?", name=server.name)
        return [actions(_ending_button(server, again, action_id, question))]
    return [actions(button(again, action_id, server.id))]


_REPAIRABLE = frozenset(
    (job, Status.STOPPED) for job in (Job.START, Job.RESTART, Job.REPAIR, Job.UPDATE)
)
"""The requests after whose failure a repair may help."""
_AGAIN: Mapping[tuple[str, Status], str] = {
    (Job.STOP, Status.RUNNING): STOP_BUTTON,
    (Job.RESTART, Status.RUNNING): RESTART_BUTTON,
    (Job.UPDATE, Status.RUNNING): UPDATE_BUTTON,
    (Job.RESIZE, Status.RUNNING): RESIZE_BUTTON,
    (Job.RESIZE, Status.STOPPED): RESIZE_BUTTON,
    (Job.PASSWORD, Status.RUNNING): PASSWORD_BUTTON,
    (Job.UNDO, Status.DELETED): UNDO_BUTTON,
    (Job.DELETE, Status.RUNNING): DELETE_BUTTON,
    (Job.DELETE, Status.STOPPED): DELETE_BUTTON,
    (Job.DELETE, Status.MISSING): DELETE_BUTTON,
    (Job.DELETE, Status.DELETED): DELETE_BUTTON,
    (Job.DELETE, Status.FAILED): DELETE_BUTTON,
    (Job.DELETE_WITH_COPY, Status.RUNNING): DELETE_WITH_COPY_BUTTON,
    (Job.DELETE_WITH_COPY, Status.STOPPED): DELETE_WITH_COPY_BUTTON,
}
"""The request that failed, and the server's state after it -> the button that repeats it."""


def _of_an_outage(server: Server) -> list[Block]:
    """Return what helps a server whose notebook does not come up; none of it needs JupyterLab."""
    return [
        button(_("Repair"), REPAIR_BUTTON, server.id, style="primary"),
        button(_("Logs"), LOGS_BUTTON, server.id),
        button(_("Files"), FILES_BUTTON, server.id),
    ]


def _missing_buttons(server: Server) -> list[Block]:
    look = button(_("Look again"), LOOK_AGAIN_BUTTON, server.id)
    restore = button(_("Restore from its disk"), RESTORE_FROM_DISK_BUTTON, server.id)
    remove = confirmed(
        button(_("Remove"), DELETE_BUTTON, server.id, style="danger"),
        _("Remove {name}?", name=server.name),
        _("Everything of it that Azure still has is deleted, its disk too. This can't be undone."),
        _("Remove it"),
        _("Keep it"),
    )
    has_disk = server.absence is not None and server.absence.has_disk
    return [actions(look, *([restore] if has_disk else []), remove)]


def guest_buttons(server: Server) -> list[Block]:
    """Return the row of buttons for a guest of the server, or an empty list."""
    if server.status is not Status.RUNNING:
        return []
    return [_row(server, _open(server), button(_("New password"), PASSWORD_BUTTON, server.id))]


def elsewhere(server: Server) -> list[Block]:
    """Return the other regions that had room for a failed server, each with its button.

    Each has a block of its own, since an action id may occur once in a block.
    """
    return [
        section(
            _("{region} had room for the server just now.", region=code(region)),
            button(_("Create it there"), OTHER_REGION_BUTTON, f"{server.id}/{region}"),
        )
        for region in server.elsewhere[:_MOST_REGIONS]
    ]


def _ending_button(server: Server, word: str, action_id: str, question: str) -> Block:
    """Return a button that ends what runs on the server, with Slack's dialog in front of it."""
    return confirmed(
        button(word, action_id, server.id),
        question,
        _("Kernels, terminals and everything else that runs on it end. Its files stay."),
        word,
        _("Leave it running"),
    )


def delete_button(server: Server, word: str = "") -> Block:
    """Return the button "Delete", or another word, with Slack's dialog in front of it."""
    return confirmed(
        button(word or _("Delete"), DELETE_BUTTON, server.id, style="danger"),
        _("Delete {name}?", name=server.name),
        _("The server, its disk and all notebooks on it are deleted. This can't be undone."),
        _("Delete it"),
        _("Keep it"),
    )
