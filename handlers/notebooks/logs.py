"""The command `logs` and its button: a server's logs, visible only to its owner."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import LOGS_BUTTON
from handlers.kit.blocks import LONGEST_SECTION, Block, Message, code, escape, section
from provisioning.access.rights import ServerId
from provisioning.core.language import N_, _, ngettext
from provisioning.core.model.machine import MachineLogs
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server
from provisioning.notebooks.logs import ServerLogs

_ROOM = LONGEST_SECTION - 100
"""Characters of a section that are left for lines, without the title and the fences."""


class LogsCommands(Handlers):
    """Handlers of `logs` and of its button."""

    def __init__(self, logs: ServerLogs) -> None:
        self._logs = logs

    async def logs(self, request: CommandRequest) -> Message:
        """Show the logs of the named server."""
        name = request.command.arguments["name"]
        return logs_answer(*await self._logs.of(request.member, name))

    async def logs_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Show the logs of the button's server."""
        return logs_answer(*await self._logs.of(member, ServerId(server_id)))

    COMMANDS = (
        Command(
            "logs",
            "<name>",
            N_("The last lines of your server's set-up log and server log, visible only to you."),
            logs,
            required=("name",),
        ),
    )
    BUTTONS: ClassVar[Buttons] = {LOGS_BUTTON: logs_clicked}


def logs_answer(server: Server, logs: MachineLogs) -> Message:
    """Return the last lines of both logs, as many as fit."""
    blocks = [
        _log(_("Set-up"), logs.set_up, _("the log is empty")),
        _log(
            _("Notebook server"),
            logs.server,
            _("no output since the machine started"),
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
