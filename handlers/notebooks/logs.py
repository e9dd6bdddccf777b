"""A server's logs, for its owner's eyes. Pure."""

from collections.abc import Sequence

from handlers.kit.blocks import LONGEST_SECTION, Block, Message, code, escape, section
from provisioning.core.language import _, ngettext
from provisioning.core.model.machine import MachineLogs
from provisioning.core.model.server import Server

_ROOM = LONGEST_SECTION - 100
"""Characters of a section that are left for lines, beside its title and the fences."""


def logs_answer(server: Server, logs: MachineLogs) -> Message:
    """The last lines of both logs, as many as fit."""
    blocks = [
        _log(_("Set-up"), logs.set_up, _("nothing was written down")),
        _log(
            _("Notebook server"),
            logs.server,
            _("it has said nothing since the machine's start"),
        ),
    ]
    return Message(_("The last lines of {name}'s logs.", name=code(server.name)), blocks)


def _log(title: str, lines: Sequence[str], nothing: str) -> Block:
    if not lines:
        return section(_("*{title}*: {nothing}.", title=title, nothing=nothing))
    kept: list[str] = []
    room = _ROOM
    for line in reversed(lines):
        shown = escape(line.replace("```", "'''"))
        room -= len(shown) + 1
        if room < 0:
            break
        kept.insert(0, shown)
    head = ngettext(
        "*{title}*, its last line", "*{title}*, its last {n} lines", len(kept), title=title
    )
    return section(f"{head}\n```{chr(10).join(kept)}```")
