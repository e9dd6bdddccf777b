"""What an owner reads of a run that has ended, before its server is stopped. Pure."""

from datetime import datetime

from handlers.mrkdwn import LONGEST_SECTION, Message, code, cut, date, escape, section
from provisioning.language import _
from provisioning.model import LastOutput, Server


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
