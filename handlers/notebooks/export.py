"""`export`: notebooks as files in the person's DM; as typed and as clicked."""

from collections.abc import Sequence

from handlers.commands.registry import COMMAND
from handlers.commands.request import Asked
from handlers.kit.action_ids import EXPORT_BUTTON
from handlers.kit.blocks import Message, button, code, context, cut, escape, plain, section
from handlers.kit.context import Context
from provisioning.core.language import _, ngettext, said
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server
from provisioning.notebooks.export import Documents

_MOST_SHOWN = 20
_LONGEST_VALUE = 1_900  # Slack takes 2,000


class ExportCommands:
    """The subcommand and its button."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def export(self, asked: Asked) -> Message:
        """Without a notebook: which there are."""
        name, notebook = asked.command.arguments["name"], asked.command.get("notebook")
        exports = self._context.exports
        if notebook is None:
            return notebooks_answer(*await exports.notebooks(asked.member, name))
        return await self._send(asked.member, await exports.export(asked.member, name, notebook))

    async def clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """`value`: "server/path of the notebook"."""
        server_id, _slash, notebook = value.partition("/")
        exports = self._context.exports
        return await self._send(member, await exports.export_by_id(member, server_id, notebook))

    async def _send(self, member: Member, made: Documents) -> Message:
        title = _("{notebook} of {name}", notebook=made.name, name=made.server.name)
        files = self._context.files
        await files.send(member.id, f"{made.name}.html", made.html, title)
        if made.pdf is not None:
            await files.send(member.id, f"{made.name}.pdf", made.pdf, title)
        return exported_answer(made)


def notebooks_answer(server: Server, notebooks: Sequence[str]) -> Message:
    """Each with a button, the latest first."""
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
        "… and {n} more. {command} takes any.",
        "… and {n} more. {command} takes any.",
        more,
        command=code(f"{COMMAND} export {server.name} <notebook>"),
    )
    return Message(text, [section(text), *rows, *([context(rest)] if more > 0 else [])])


def exported_answer(made: Documents) -> Message:
    """What lies in the DM, and what does not."""
    name = code(made.name)
    if made.pdf is None:
        return plain(
            _(
                "{name} is in our DM as HTML. There is no PDF of it: {reason}",
                name=name,
                reason=escape(said(made.pdf_failure)),
            )
        )
    return plain(
        _(
            "{name} is in our DM as HTML and PDF, as it was last saved: nothing was run. What "
            "moves by JavaScript is in the HTML alone.",
            name=name,
        )
    )
