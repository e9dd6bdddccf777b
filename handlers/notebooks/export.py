"""The commands `export` and `files` with their buttons: files in the member's DM."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import EXPORT_BUTTON, FILES_BUTTON
from handlers.kit.blocks import Message, button, code, context, cut, escape, plain, section
from handlers.kit.toolkit import Toolkit
from provisioning.access.rights import ServerId
from provisioning.core.language import N_, _, ngettext, number, said
from provisioning.core.model.machine import HomeFiles
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server
from provisioning.notebooks.export import Documents, Exports, Printed

_MOST_SHOWN = 20
_LONGEST_VALUE = 1_900  # Slack takes 2,000


class ExportCommands(Handlers):
    """Handlers of `export` and of its button."""

    def __init__(self, exports: Exports, kit: Toolkit) -> None:
        self._exports = exports
        self._kit = kit

    async def export(self, request: CommandRequest) -> Message:
        """Export a notebook; without one, list the server's notebooks."""
        name, notebook = request.command.arguments["name"], request.command.get("notebook")
        if notebook is None:
            return notebooks_answer(*await self._exports.notebooks(request.member, name))
        async with self._exports.exported(request.member, name, notebook) as made:
            return await self._send(request.member, made)

    async def export_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Export the notebook of the button. `value`: "server id/path of the notebook"."""
        server_id, _slash, notebook = value.partition("/")
        async with self._exports.exported(member, ServerId(server_id), notebook) as made:
            return await self._send(member, made)

    async def _send(self, member: Member, made: Documents) -> Message:
        title = _("{notebook} of {name}", notebook=made.name, name=made.server.name)
        send = self._kit.messages.send_file
        await send(member.id, f"{made.name}.html", made.html, title)
        if made.pdf is not None:
            await send(member.id, f"{made.name}.pdf", made.pdf.content, title)
        return exported_answer(made)

    async def files(self, request: CommandRequest) -> Message:
        """Send the files of the named server."""
        name, path = request.command.arguments["name"], request.command.get("path") or ""
        async with self._exports.files(request.member, name, path) as (server, found):
            return await self._send_files(request.member, server, found)

    async def files_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Send the files of the button's server."""
        async with self._exports.files(member, ServerId(server_id)) as (server, found):
            return await self._send_files(member, server, found)

    async def _send_files(self, member: Member, server: Server, found: HomeFiles) -> Message:
        if found.count:
            title = _("The files of {name}", name=server.name)
            file = f"{server.name}.zip"
            await self._kit.messages.send_file(member.id, file, found.content, title)
        return files_answer(server, found)

    COMMANDS = (
        Command(
            "files",
            "<name> [folder or file]",
            N_(
                "Get the files of a running server's home folder, or some of them, as a ZIP by DM. "
                "That works too if its notebook server does not come up."
            ),
            files,
            required=("name",),
            rest="path",
            verbatim=True,
            example="files sales work/results",
        ),
        Command(
            "export",
            "<name> [notebook]",
            N_(
                "Get a notebook as HTML and PDF by DM, as it was last saved. Without a notebook, "
                "list those on the server."
            ),
            export,
            required=("name",),
            rest="notebook",
            verbatim=True,
            example="export sales welcome.ipynb",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        EXPORT_BUTTON: export_clicked,
        FILES_BUTTON: files_clicked,
    }


def notebooks_answer(server: Server, notebooks: Sequence[str]) -> Message:
    """Return the notebooks of a server, the latest first, each with a button."""
    name = code(server.name)
    if not notebooks:
        return plain(
            _("There is no notebook on {name} yet, so there is nothing to export.", name=name)
        )
    text = _("Which notebook of {name}? You get it as HTML and PDF by DM.", name=name)
    rows = [
        section(cut(escape(each), 200), button(_("Export"), EXPORT_BUTTON, f"{server.id}/{each}"))
        for each in notebooks[:_MOST_SHOWN]
        if len(each) < _LONGEST_VALUE
    ]
    more = len(notebooks) - len(rows)
    rest = ngettext(
        "… and {n} more. {command} exports any of them.",
        "… and {n} more. {command} exports any of them.",
        more,
        command=code(f"{command_name()} export {server.name} <notebook>"),
    )
    return Message(text, [section(text), *rows, *([context(rest)] if more > 0 else [])])


def files_answer(server: Server, found: HomeFiles) -> Message:
    """Return how many files are in the DM, and which were too large for it."""
    name = code(server.name)
    if not found.count and not found.left_out:
        return plain(_("There are no files in the home folder of {name} yet.", name=name))
    sentences = [
        ngettext(
            "{n} file of {name} is in our DM as a ZIP; caches are not in it.",
            "{n} files of {name} are in our DM as a ZIP; caches are not in it.",
            found.count,
            name=name,
        )
    ]
    if found.left_out:
        listed = ", ".join(f"{code(path)} ({_megabytes(size)})" for path, size in found.left_out)
        sentences.append(
            _(
                "There was no room for: {files}. {command} shows how to copy them over SSH.",
                files=cut(listed, 1_500),
                command=code(f"{command_name()} connect {server.name}"),
            )
        )
    if found.more:
        sentences.append(ngettext("And for {n} more file.", "And for {n} more files.", found.more))
    return plain(" ".join(sentences))


def _megabytes(size: int) -> str:
    return f"{number(round(size / 1024**2, 1))} MB"


def exported_answer(made: Documents) -> Message:
    """Return which files are in the DM, or why there is no PDF."""
    name = code(made.name)
    if made.pdf is None:
        return plain(
            _(
                "{name} is in our DM as HTML. I could not make a PDF: {reason}",
                name=name,
                reason=escape(said(made.pdf_failure)),
            )
        )
    done = _(
        "{name} is in our DM as HTML and PDF, as it was last saved; I ran nothing. Widgets and "
        "charts that need JavaScript are in neither.",
        name=name,
    )
    return plain(" ".join([done, *_losses(made.pdf)]))


def _losses(pdf: Printed) -> list[str]:
    formulas = ngettext(
        "The PDF shows {n} formula as it was typed, since I could not draw it.",
        "The PDF shows {n} formulas as they were typed, since I could not draw them.",
        pdf.formulas_left,
    )
    tables = ngettext(
        "{n} table is too wide for a PDF and is cut off there; the HTML has all of it.",
        "{n} tables are too wide for a PDF and are cut off there; the HTML has all of them.",
        pdf.tables_cut,
    )
    return [*([formulas] if pdf.formulas_left else []), *([tables] if pdf.tables_cut else [])]
