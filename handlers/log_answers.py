"""A server's logs, for its owner's eyes. Pure."""

from collections.abc import Sequence

from handlers.mrkdwn import LONGEST_SECTION, Block, Message, code, escape, section
from provisioning.model import MachineLogs, Server

_ROOM = LONGEST_SECTION - 100
"""Characters of a section that are left for lines, beside its title and the fences."""


def logs_answer(server: Server, logs: MachineLogs) -> Message:
    """The last lines of both logs, as many as fit."""
    blocks = [
        _log("Set-up", logs.set_up, "nothing was written down"),
        _log("Notebook server", logs.server, "it has said nothing since the machine's start"),
    ]
    return Message(f"The last lines of {code(server.name)}'s logs.", blocks)


def _log(title: str, lines: Sequence[str], nothing: str) -> Block:
    if not lines:
        return section(f"*{title}*: {nothing}.")
    kept: list[str] = []
    room = _ROOM
    for line in reversed(lines):
        shown = escape(line.replace("```", "'''"))
        room -= len(shown) + 1
        if room < 0:
            break
        kept.insert(0, shown)
    return section(f"*{title}*, its last {len(kept)} lines\n```{chr(10).join(kept)}```")
