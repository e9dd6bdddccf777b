"""Delete a server, with or without a snapshot, and undo that: by command or button."""

from datetime import timedelta
from typing import Any, ClassVar

from handlers.commands.registry import Buttons, Command, Forms, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    DELETE_BUTTON,
    DELETE_WITH_COPY_BUTTON,
    KEEP_BUTTON,
    UNDO_BUTTON,
)
from handlers.kit.blocks import Block, Message, actions, button, code, long_duration, plain, section
from handlers.kit.forms import Dialogs, Question
from handlers.kit.toolkit import Toolkit
from handlers.servers.buttons import delete_button
from provisioning.access.rights import Rights, ServerId
from provisioning.core.language import N_, _
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.servers.servers import Servers
from provisioning.servers.transitions import DELETE_WITH_COPY
from provisioning.servers.undo import Undo

DELETE_FORM = "delete_server"


class DeleteCommands(Handlers):
    """The commands `delete` and `undo`, with their buttons."""

    def __init__(self, servers: Servers, undo: Undo, rights: Rights, kit: Toolkit) -> None:
        self._dialogs = Dialogs(kit)
        self._servers = servers
        self._undo = undo
        self._rights = rights

    async def delete(self, request: CommandRequest) -> Message:
        """Ask before the server is deleted."""
        name = request.command.arguments["name"]
        server = await self._servers.check_delete(request.member, name)
        return delete_question(server, self._servers.copies_kept)

    async def undo(self, request: CommandRequest) -> Message:
        """Begin to undo the deletion of the named server."""
        name = request.command.arguments["name"]
        return undo_answer(await self._undo.restore(request.member, name))

    async def delete_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Delete the server for good."""
        return deleting_answer(await self._servers.delete(member, ServerId(server_id)))

    async def ask_delete(self, member: Member, server_id: str, trigger: str) -> None:
        """Ask before the server of a menu is deleted."""
        server = await self._servers.check_delete(member, ServerId(server_id))
        await self._dialogs.ask(trigger, delete_dialog(server, self._servers.copies_kept))

    async def delete_confirmed(self, ack: Any, body: dict[str, Any]) -> None:
        """Delete the server of the question for good."""

        async def delete(member: Member, server_id: str) -> Message:
            return await self.delete_clicked(member, server_id, "")

        await self._dialogs.answer(ack, body, delete)

    async def with_snapshot_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Delete the server and keep a snapshot of its disk."""
        return deleting_answer(await self._servers.delete_with_copy(member, ServerId(server_id)))

    async def keep_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Leave the server as it is."""
        return unchanged_answer(await self._rights.find(member, ServerId(server_id)))

    async def undo_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Begin to undo the deletion of the button's server."""
        return undo_answer(await self._undo.restore(member, ServerId(server_id)))

    COMMANDS = (
        Command(
            "delete",
            "<name>",
            N_(
                "Delete a server, after you confirm: for good, or with a snapshot kept so that you "
                "can `undo` it."
            ),
            delete,
            required=("name",),
            aliases=("remove", "rm"),
        ),
        Command(
            "undo",
            "<name>",
            N_(
                "Restore a server that was deleted with a snapshot, with its files and your "
                "password."
            ),
            undo,
            required=("name",),
            aliases=("undelete", "restore"),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        DELETE_BUTTON: delete_clicked,
        DELETE_WITH_COPY_BUTTON: with_snapshot_clicked,
        KEEP_BUTTON: keep_clicked,
        UNDO_BUTTON: undo_clicked,
    }
    QUESTIONS: ClassVar[Buttons] = {DELETE_BUTTON: ask_delete}
    FORMS: ClassVar[Forms] = {DELETE_FORM: delete_confirmed}


def delete_dialog(server: Server, kept: timedelta) -> Question:
    """Return what a menu asks before a deletion; the harmless choice is the first button."""
    more: tuple[Block, ...] = ()
    if kept and server.status in DELETE_WITH_COPY.since:
        keep = button(_with_snapshot(kept), DELETE_WITH_COPY_BUTTON, server.id, style="primary")
        more = (section(_offer(server, kept)), actions(keep))
    return Question(
        DELETE_FORM,
        server.id,
        server.name,
        _(
            "Delete {name}? The server, its disk and all notebooks on it are deleted. This can't "
            "be undone.",
            name=code(server.name),
        ),
        _("Delete it"),
        _("Keep it"),
        more,
    )


def _with_snapshot(kept: timedelta) -> str:
    return _("Delete, keep a snapshot for {time}", time=long_duration(kept))


def _offer(server: Server, kept: timedelta) -> str:
    return _(
        "Or keep a snapshot of its disk for {time}. The server is stopped and deleted all the "
        "same, and {command} restores it until then. The snapshot costs what Azure charges for "
        "it.",
        time=long_duration(kept),
        command=code(f"{command_name()} undo {server.name}"),
    )


def delete_question(server: Server, kept: timedelta = timedelta(0)) -> Message:
    """Return what will be lost, and the buttons.

    `kept` is how long a snapshot can be kept; 0 offers none.
    """
    name = code(server.name)
    keep = button(_("Keep"), KEEP_BUTTON, server.id)
    if server.status is Status.CREATING:
        text = _(
            "Delete {name}? Its creation stops. The server, its disk and all notebooks on it are "
            "deleted. This can't be undone.",
            name=name,
        )
    else:
        text = _(
            "Delete {name}? The server, its disk and all notebooks on it are deleted. This can't "
            "be undone.",
            name=name,
        )
    if not kept or server.status not in DELETE_WITH_COPY.since:
        return Message(text, [section(text), actions(delete_button(server), keep)])
    offer = _offer(server, kept)
    with_snapshot = button(_with_snapshot(kept), DELETE_WITH_COPY_BUTTON, server.id)
    return Message(
        f"{text} {offer}",
        [section(text), section(offer), actions(delete_button(server), with_snapshot, keep)],
    )


def deleting_answer(server: Server) -> Message:
    """Return the answer to a deletion that has begun."""
    name = code(server.name)
    if server.has_leftovers:
        return plain(
            _(
                "I'm trying again to delete what is left of {name}. Its card in our DM shows when "
                "nothing is left.",
                name=name,
            )
        )
    if server.snapshot:
        return plain(
            _(
                "I'm deleting {name}, after a snapshot of its disk. Its card in our DM shows when "
                "it is deleted.",
                name=name,
            )
        )
    return plain(_("I'm deleting {name}. Its card in our DM shows when it is deleted.", name=name))


def undo_answer(server: Server) -> Message:
    """Return the answer to an undo that has begun."""
    return plain(
        _(
            "I'm restoring {name} with its files and your password. That usually takes as long as "
            "a new server. Its card in our DM shows when it runs, and its address.",
            name=code(server.name),
        )
    )


def unchanged_answer(server: Server) -> Message:
    """Return the answer to a question that was declined."""
    return plain(_("{name} stays as it is.", name=code(server.name)))
