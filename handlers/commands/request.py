"""A command that a member has typed, on its way to the use case."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from handlers.kit.blocks import Message
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member


@dataclass(frozen=True)
class CommandLine:
    """A command's name, and its arguments by name without those that were left out."""

    name: str
    arguments: dict[str, str] = field(default_factory=dict)

    def get(self, argument: str) -> str | None:
        """Return the argument's value, or None if the argument was left out."""
        return self.arguments.get(argument)


@dataclass(frozen=True)
class CommandRequest:
    """A command with its member and its key; one key never has an effect twice."""

    member: Member
    command: CommandLine
    key: str


def days_of(command: CommandLine, default: int, most: int) -> int:
    """Return the value of `--days`, or `default` if the option was left out.

    Raises:
        UserError: if the value is no number from 1 to `most`.
    """
    text = command.get("days")
    if text is None:
        return default
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise UserError(_("`--days` is a number from 1 to {most}, such as `--days 30`.", most=most))
    return int(text)


UseCase = Callable[[CommandRequest], Awaitable[Message]]
"""The method that answers a command, bound to its object."""
