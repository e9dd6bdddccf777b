"""The command `update` with its button, and the messages about updates."""

from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import RESTART_BUTTON, UPDATE_BUTTON
from handlers.kit.blocks import (
    Message,
    actions,
    button,
    code,
    codes,
    confirmed,
    cut,
    plain,
    section,
)
from provisioning.access.rights import ServerId
from provisioning.core.language import N_, _, said
from provisioning.core.model.machine import UpdateEnd, UpdateReport
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server
from provisioning.notebooks.updates import Updates


class UpdateCommands(Handlers):
    """Handlers of `update` and of its button."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates

    async def update(self, request: CommandRequest) -> Message:
        """Update the named server."""
        name = request.command.arguments["name"]
        return update_begun_answer(await self._updates.begin(request.member, name, request.key))

    async def update_clicked(self, member: Member, server_id: str, trigger: str) -> Message:
        """Update the server of the button."""
        return update_begun_answer(await self._updates.begin(member, ServerId(server_id), trigger))

    COMMANDS = (
        Command(
            "update",
            "<name>",
            N_(
                "Bring JupyterLab on a running server up to date. What you run on it goes on; a "
                "start or a restart does the same. The result comes by DM."
            ),
            update,
            required=("name",),
            aliases=("upgrade",),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {UPDATE_BUTTON: update_clicked}


def update_begun_answer(server: Server) -> Message:
    """Return the answer to an update that has begun."""
    return plain(
        _(
            "I'm updating {name}. What runs on it goes on. You get a DM when that has ended, in a "
            "minute or two.",
            name=code(server.name),
        )
    )


_ENDS = {
    UpdateEnd.UPDATED: N_(
        ":white_check_mark: {name} has the current version of JupyterLab. Reload its pages that "
        "are open."
    ),
    UpdateEnd.WAITS: N_(
        ":hourglass_flowing_sand: The current version of JupyterLab is on {name}, but is not in "
        "use yet, since kernels, terminals or programs run there. It follows at the next start or "
        "restart. A restart ends what runs; files stay."
    ),
    UpdateEnd.OFF: N_(
        "{name} did not run any more when its update began. Its next start brings it up to date."
    ),
    UpdateEnd.FAILED: N_("{name} was not updated; its card says why."),
}
_BY_ADMIN = N_(
    "An admin has brought {name} up to date while nothing ran on it. Reload its pages that are "
    "open."
)


def update_message(server: Server, end: UpdateEnd, *, by_admin: bool = False) -> Message:
    """Return how an update has ended; where it waits, with a button that restarts the server."""
    sentence = _BY_ADMIN if by_admin and end is UpdateEnd.UPDATED else _ENDS[end]
    text = said(sentence, name=code(server.name))
    if end is not UpdateEnd.WAITS:
        return plain(text)
    restart = confirmed(
        button(_("Restart"), RESTART_BUTTON, server.id),
        _("Restart {name}?", name=server.name),
        _("Kernels, terminals and everything else that runs on it end. Its files stay."),
        _("Restart"),
        _("Leave it running"),
    )
    return Message(text, [section(text), actions(restart)])


_REPORTED = {
    UpdateEnd.UPDATED: N_("*Up to date*: {names}"),
    UpdateEnd.WAITS: N_("*Installed, in use from the next start on*, since programs run: {names}"),
    UpdateEnd.OFF: N_("*Stopped meanwhile; updated at the next start*: {names}"),
    UpdateEnd.FAILED: N_("*Not updated*, so the former version goes on: {names}"),
}


def update_report_message(report: UpdateReport) -> Message:
    """Return the report of a round of updates to its admin."""
    lines = [
        said(sentence, names=codes(report.names[end]))
        for end, sentence in _REPORTED.items()
        if report.names.get(end)
    ]
    text = _("The updates of the idle servers have ended.")
    return Message(text, [section(text), *(section(cut(line)) for line in lines)])
