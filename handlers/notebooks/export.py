"""The command `export` and its button: notebooks as files in the member's DM."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import COMMAND, Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import EXPORT_BUTTON
from handlers.kit.blocks import Message, button, code, context, cut, escape, plain, section
from handlers.kit.toolkit import Toolkit
from provisioning.access.rights import ServerId
from provisioning.core.language import N_, _, ngettext, said
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

    COMMANDS = (
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
        command=code(f"{COMMAND} export {server.name} <notebook>"),
    )
    return Message(text, [section(text), *rows, *([context(rest)] if more > 0 else [])])


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
