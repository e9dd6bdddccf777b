"""What an owner is sent of a server before the cleanup stops or deletes it. Pure."""

from datetime import datetime

from handlers.kit.blocks import LONGEST_SECTION, Message, code, cut, date, escape, plain, section
from provisioning.core.language import _, ngettext
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.server import Server


def output_card(server: Server, output: LastOutput, saved_at: datetime) -> Message:
    """The notebook, when it was saved, and its last lines; its picture comes as a file."""
    text = _(
        "The work on {name} has ended, so it is stopped now, as you asked. {notebook} was saved "
        "{moment} and ends like this:",
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
    """Its notebooks follow as a file."""
    return plain(
        ngettext(
            "{name} is deleted now, since nobody has used it for long. Here is its notebook, to "
            "read in a browser.",
            "{name} is deleted now, since nobody has used it for long. Here are its {n} notebooks, "
            "to read in a browser.",
            count,
            name=code(server.name),
        )
    )
