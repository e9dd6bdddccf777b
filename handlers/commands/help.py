"""The command `help`, drawn from the table of commands: groups first, then one command."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.commands.parser import unknown_command
from handlers.commands.registry import Buttons, Command, CommandTable, Handlers, command_name
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import HELP_BUTTON, HELP_GROUP_BUTTON
from handlers.kit.blocks import Block, Message, actions, button, code, context, plain, section
from provisioning.core.errors import UserError
from provisioning.core.language import N_, Text, _, said
from provisioning.core.model.people import Member


@dataclass(frozen=True)
class Group:
    """A group of commands: the word after `help`, a title, and the commands' names."""

    word: str
    title: Text
    names: tuple[str, ...]


ADMINS_GROUP = "admin"
GROUPS = (
    Group(
        "make",
        N_("Make and see"),
        ("create", "list", "status", "overview", "rename", "resize", "delete", "undo"),
    ),
    Group(
        "use",
        N_("Use"),
        (
            *("start", "stop", "restart", "password", "connect", "keys", "packages", "export"),
            *("files", "logs", "update", "repair"),
        ),
    ),
    Group("share", N_("Share"), ("share", "unshare", "transfer")),
    Group("keep", N_("Keep on"), ("extend", "keep", "schedule", "idle")),
    Group("money", N_("Money and settings"), ("usage", "settings", "help")),
)
"""The groups of the commands for members; the commands for admins are the group `admin`."""

_GROUP_BUTTONS = tuple(
    f"{HELP_GROUP_BUTTON}{word}" for word in (*(each.word for each in GROUPS), ADMINS_GROUP)
)


class HelpCommands(Handlers):
    """The command `help` and its buttons."""

    def __init__(self, table: CommandTable) -> None:
        self._table = table

    async def show_help(self, request: CommandRequest) -> Message:
        """Show the groups, one of them, or one command with its example."""
        return help_answer(request.command.get("topic"), self._table, admin=request.member.is_admin)

    async def help_clicked(self, member: Member, _value: str, _trigger: str) -> Message:
        """Show the groups."""
        return help_answer(None, self._table, admin=member.is_admin)

    async def group_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Show the group of the button."""
        return help_answer(value, self._table, admin=member.is_admin)

    COMMANDS = (
        Command(
            "help",
            "[subcommand]",
            N_("List all commands in groups, or explain a group or one command."),
            show_help,
            rest="topic",
            example="help share",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        HELP_BUTTON: help_clicked,
        **dict.fromkeys(_GROUP_BUTTONS, group_clicked),
    }


def help_answer(topic: str | None, table: CommandTable, *, admin: bool = False) -> Message:
    """Return the groups of commands, the commands of a group, or one command with its example.

    A word that is both a command and a group means both: the command, and a button to the group.

    Raises:
        UserError: if there is no command and no group of that name, or it is for admins alone.
    """
    groups = groups_of(table, admin=admin)
    if not topic:
        return _overview(groups)
    command = table.find(topic)
    group = next((each for each in groups if each.word == topic.strip().lower()), None)
    if command is not None:
        return _explained(command, group)
    if group is not None:
        return _group(group, groups, table)
    if topic.strip().lower() == ADMINS_GROUP:
        raise UserError(
            _(
                "`admin` is for admins of this bot. `{help}` lists the commands that you can use.",
                help=f"{command_name()} help",
            )
        )
    raise UserError(unknown_command(topic, table))


def groups_of(table: CommandTable, *, admin: bool) -> Sequence[Group]:
    """Return the groups that the member may use."""
    if not admin:
        return GROUPS
    names = tuple(each.name for each in table.listed(admin=True) if each.admin_only)
    return (*GROUPS, Group(ADMINS_GROUP, N_("For admins"), names))


def _overview(groups: Sequence[Group]) -> Message:
    opening = _(
        "*{command}* creates and manages your own notebook servers.", command=command_name()
    )
    lines = [f"*{said(each.title)}*\n{', '.join(map(code, each.names))}" for each in groups]
    typed = _("{help} explains one of them.", help=code(f"{command_name()} help create"))
    text = "\n\n".join([opening, *lines])
    return Message(text, [section(text), _buttons(groups), context(typed)])


def _group(group: Group, groups: Sequence[Group], table: CommandTable) -> Message:
    commands = [table.find(name) for name in group.names]
    found = [each for each in commands if each is not None]
    text = "\n".join([f"*{said(group.title)}*", *map(_usage, found)])
    lines = [section(_usage_line(each)) for each in found]
    return Message(text, [section(f"*{said(group.title)}*"), *lines, _buttons(groups)])


def _explained(command: Command, group: Group | None) -> Message:
    lines = [_usage_line(command)]
    if command.example:
        lines.append(_("For example: `{example}`", example=f"{command_name()} {command.example}"))
    answer = plain("\n".join(lines))
    if group is None:
        return answer
    return Message(answer.text, [*answer.blocks, _buttons([group])])


def _buttons(groups: Sequence[Group]) -> Block:
    return actions(
        *(button(said(each.title), f"{HELP_GROUP_BUTTON}{each.word}", each.word) for each in groups)
    )


def _usage_line(command: Command) -> str:
    return f"{_usage(command)}\n{said(command.summary)}"


def _usage(command: Command) -> str:
    return code(f"{command_name()} {command.name} {command.usage}".rstrip())
