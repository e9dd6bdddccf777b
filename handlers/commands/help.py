"""The command `help`, drawn from the table of commands."""

from typing import ClassVar

from handlers.commands.parser import unknown_command
from handlers.commands.registry import Buttons, Command, CommandTable, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import HELP_BUTTON
from handlers.kit.blocks import Message, code, divider, plain, section
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _, said
from provisioning.core.model.people import Member


class HelpCommands(Handlers):
    """The command `help` and its button."""

    def __init__(self, table: CommandTable) -> None:
        self._table = table

    async def show_help(self, request: CommandRequest) -> Message:
        """Show all commands, or one of them with its example."""
        return help_answer(request.command.get("topic"), self._table, admin=request.member.is_admin)

    async def help_clicked(self, member: Member, _value: str, _trigger: str) -> Message:
        """Show all commands."""
        return help_answer(None, self._table, admin=member.is_admin)

    COMMANDS = (
        Command(
            "help",
            "[subcommand]",
            N_("List all commands, or explain one."),
            show_help,
            rest="topic",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {HELP_BUTTON: help_clicked}


def help_answer(topic: str | None, table: CommandTable, *, admin: bool = False) -> Message:
    """Return all commands that the member may use, or one of them with its example.

    Raises:
        UserError: if there is no command of that name.
    """
    if not topic:
        return _every_command(table.listed(admin=admin))
    command = table.find(topic)
    if command is None:
        raise UserError(unknown_command(topic, table))
    lines = [_usage_line(command)]
    if command.example:
        example = f"{command_name()} {command.example}"
        lines.append(_("For example: `{example}`", example=example))
    return plain("\n".join(lines))


def _every_command(commands: list[Command]) -> Message:
    opening = _(
        "*{command}* creates and manages your own notebook servers.", command=command_name()
    )
    lines = [section(_usage_line(each)) for each in commands]
    text = "\n".join(_usage(each) for each in commands)
    return Message(text, [section(opening), divider(), *lines])


def _usage_line(command: Command) -> str:
    return f"{_usage(command)}\n{said(command.summary)}"


def _usage(command: Command) -> str:
    return code(f"{command_name()} {command.name} {command.usage}".rstrip())
