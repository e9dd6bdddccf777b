"""The messages with an owner's work before the cleanup stops or deletes a server. Pure."""

from collections.abc import Sequence
from datetime import datetime

from handlers.kit.blocks import LONGEST_SECTION, Message, code, cut, date, escape, plain, section
from provisioning.core.language import _, ngettext, said
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.names import shortened
from provisioning.core.model.server import Server
from provisioning.idle.messages import Rescued

_MOST_NAMED = 10


def output_card(server: Server, output: LastOutput, saved_at: datetime) -> Message:
    """Return the notebook's name, when it was saved, and its last lines.

    The picture of the last output follows as a file.
    """
    text = _(
        "The work on {name} has ended, so I'm stopping the server now, as you asked. {notebook} "
        "was saved {moment} and ends like this:",
        name=code(server.name),
        notebook=code(output.notebook),
        moment=date(saved_at),
    )
    blocks = [section(text)]
    if output.text:
        lines = cut(escape(output.text.replace("```", "'''")), LONGEST_SECTION - 10)
        blocks.append(section(f"```{lines}```"))
    return Message(text, blocks)


def notebooks_card(server: Server, found: Rescued) -> Message:
    """Return the message above the file with the server's notebooks, and name what is missing."""
    lines = [_deleting(server)]
    if found.pages:
        lines.append(
            ngettext(
                "Here is its notebook, to read in a browser.",
                "Here are its {n} notebooks, to read in a browser.",
                found.pages,
            )
        )
    if found.as_they_are:
        lines.append(
            _(
                "These can't be made into pages, so the ZIP file has them as they are: {names}.",
                names=_listed(found.as_they_are),
            )
        )
    if found.left_out:
        lines.append(
            _(
                "These are too large or could not be read, so only the server's snapshot has them: "
                "{names}.",
                names=_listed(found.left_out),
            )
        )
    return plain("\n".join(lines))


def unread_card(server: Server, reason: str) -> Message:
    """Return why the notebooks of a server that is deleted are not in the DM."""
    missing = _(
        "I could not read its notebooks, so only its snapshot has them: {reason}",
        reason=escape(said(reason)),
    )
    return plain(f"{_deleting(server)}\n{missing}")


def _deleting(server: Server) -> str:
    return _(
        "I'm deleting {name} now, since it has not been used for a long time.",
        name=code(server.name),
    )


def _listed(paths: Sequence[str]) -> str:
    names = [code(shortened(each)) for each in paths[:_MOST_NAMED]]
    more = len(paths) - len(names)
    return ", ".join(names) + (" …" if more else "")
