"""The messages with an owner's work before the cleanup stops or deletes a server. Pure."""

from datetime import datetime

from handlers.kit.blocks import LONGEST_SECTION, Message, code, cut, date, escape, plain, section
from provisioning.core.language import _, ngettext
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server


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


def notebooks_card(server: Server, count: int) -> Message:
    """Return the message above the file with the server's notebooks."""
    return plain(
        ngettext(
            "I'm deleting {name} now, since it has not been used for a long time. Here is its "
            "notebook, to read in a browser.",
            "I'm deleting {name} now, since it has not been used for a long time. Here are its "
            "{n} notebooks, to read in a browser.",
            count,
            name=code(server.name),
        )
    )
