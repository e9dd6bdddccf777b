"""A command on its way to its use case."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.commands.parser import Command
from handlers.kit.blocks import Message
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member


@dataclass(frozen=True)
class Asked:
    """A command, who typed it, and its key: the same key never has an effect twice."""

    member: Member
    command: Command
    key: str


def days_of(command: Command, usual: int, most: int) -> int:
    """The value of `--days`, or the usual one.

    Raises:
        UserError: if it is no number from 1 to `most`.
    """
    text = command.get("days")
    if text is None:
        return usual
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise UserError(_("`--days` is a number from 1 to {most}, such as `--days 30`.", most=most))
    return int(text)


UseCase = Callable[[Asked], Awaitable[Message]]
