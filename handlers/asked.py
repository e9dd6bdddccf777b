"""A command on its way from Slack to its use case."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.commands import Command
from handlers.mrkdwn import Message
from provisioning.model import Member


@dataclass(frozen=True)
class Asked:
    """A command, who typed it, and its key: the same key never has an effect twice."""

    member: Member
    command: Command
    key: str


UseCase = Callable[[Asked], Awaitable[Message]]
