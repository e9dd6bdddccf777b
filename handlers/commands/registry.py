"""What a command is, and the table of all of them.

Each room of the handlers fills in its own rows; `handlers.listeners.table` is their union.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from handlers.commands.request import Asked
from handlers.kit.blocks import Message
from provisioning.core.language import Text
from provisioning.core.model.people import Member

COMMAND = "/notebook"

CommandMethod = Callable[[Any, Asked], Awaitable[Message]]
ButtonMethod = Callable[[Any, Member, str, str], Awaitable[Message | None]]
"""Takes the member who clicked, the button's value, and Slack's trigger id; None: no answer."""
FormMethod = Callable[[Any, Any, dict[str, Any]], Awaitable[None]]
"""Takes Bolt's `ack` and the payload."""
Buttons = Mapping[str, ButtonMethod]
"""By action id. A person picker is a button too; its value is "server/person"."""
Forms = Mapping[str, FormMethod]
"""By a form's callback id, or by a field's action id."""


@dataclass(frozen=True)
class Command:
    """One word after `/notebook`, or two; its help text, and the method that answers it.

    `usage` is what follows the word; `required` and `optional` name its arguments in their
    order; `options` are `--name VALUE`, `flags` are `--name` alone. The argument `rest`
    takes all words that are left. `admin_only`: only admins may type it and see it in a list.
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
    admin_only: bool = False
    example: str = ""


class Handlers:
    """What can be asked about one subject: methods, and below them the tables that lead to them.

    A table holds plain functions of its class; `handlers.listeners.dispatch` binds them.
    """

    COMMANDS: ClassVar[tuple[Command, ...]] = ()
    BUTTONS: ClassVar[Buttons] = {}
    FORMS: ClassVar[Forms] = {}
    """Submissions."""
    FIELDS: ClassVar[Forms] = {}
    """Fields whose change draws the form again."""


class CommandTable:
    """All commands, those of admins last."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._commands = sorted(commands, key=lambda each: each.admin_only)
        self._by_word = {
            word: each for each in self._commands for word in (each.name, *each.aliases)
        }

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands)

    @property
    def words(self) -> Iterable[str]:
        """Every word that begins a command, aliases included."""
        return self._by_word

    def find(self, word: str) -> Command | None:
        """Return the command of that name or alias, in any case; None if there is none."""
        return self._by_word.get(word.lower())

    def listed(self, *, admin: bool = False) -> list[Command]:
        """Return the commands that every member may use, or also those of admins."""
        return [each for each in self._commands if admin or not each.admin_only]

    def names(self) -> list[str]:
        """Return the names of the commands that every member may use."""
        return [each.name for each in self.listed()]
