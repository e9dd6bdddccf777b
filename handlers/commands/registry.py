"""The type of a command, and the table of commands.

Each package of the handlers exports its own commands; `handlers.listeners.table` joins them.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Message
from provisioning.core.language import Text
from provisioning.core.model.people import Member

COMMAND = "/notebook"
"""The slash command by default."""

_name = COMMAND


def command_name() -> str:
    """Return the slash command as this installation's members type it."""
    return _name


def name_command(name: str) -> None:
    """Let all texts of this process name the slash command so."""
    global _name  # noqa: PLW0603 - one bot in a process, and each text reads it
    _name = name


CommandMethod = Callable[[Any, CommandRequest], Awaitable[Message]]
ButtonMethod = Callable[[Any, Member, str, str], Awaitable[Message | None]]
"""A method that answers a click.

It takes the member, the button's value and Slack's trigger id. None means no answer.
"""
FormMethod = Callable[[Any, Any, dict[str, Any]], Awaitable[None]]
"""A method that takes Bolt's `ack` and the payload of a form."""
Buttons = Mapping[str, ButtonMethod]
"""Methods by action id. A person picker counts as a button with the value "server/person"."""
Forms = Mapping[str, FormMethod]
"""Methods by a form's callback id, or by a field's action id."""


@dataclass(frozen=True)
class Command:
    """A subcommand of `/notebook`, with its help text and the method that answers it.

    - `name` is one word or two; `usage` shows the arguments after it.
    - `required` and `optional` are the names of the arguments, in their order.
    - `options` are written `--name VALUE`, `flags` are written `--name`.
    - `rest` is the name of an argument that takes all words that are left; with `verbatim` it is
      the text as typed: line ends, single quotes and dashes included. Such a command has no option.
    - `admin_only`: only admins may use the command and see it in a list.
    """

    name: str
    usage: str
    summary: Text
    run: CommandMethod
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    rest: str = ""
    verbatim: bool = False
    admin_only: bool = False
    example: str = ""


class Handlers:
    """A class that answers commands, clicks and forms, with a table for each of the three.

    A table holds plain functions of its class; `handlers.listeners.dispatch` binds them.
    """

    COMMANDS: ClassVar[tuple[Command, ...]] = ()
    BUTTONS: ClassVar[Buttons] = {}
    FORMS: ClassVar[Forms] = {}
    """The methods that answer the submission of a form."""
    QUESTIONS: ClassVar[Buttons] = {}
    """What a menu asks first, by the action id that it names."""
    FIELDS: ClassVar[Forms] = {}
    """The methods that draw a form again when a field changes."""


class CommandTable:
    """All commands, the commands for admins last."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands = sorted(commands, key=lambda each: each.admin_only)
        self._by_word = {
            word: each for each in self._commands for word in (each.name, *each.aliases)
        }

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands)

    @property
    def words(self) -> Iterable[str]:
        """All names of commands, aliases included."""
        return self._by_word

    def find(self, word: str) -> Command | None:
        """Return the command of that name or alias, or None; upper and lower case are equal."""
        return self._by_word.get(word.lower())

    def listed(self, *, admin: bool = False) -> list[Command]:
        """Return the commands that every member may use, with `admin` also those for admins."""
        return [each for each in self._commands if admin or not each.admin_only]

    def names(self) -> list[str]:
        """Return the names of the commands that every member may use."""
        return [each.name for each in self.listed()]
