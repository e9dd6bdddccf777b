"""What the listeners work with. The running process (bot) fills it in."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.mrkdwn import Message
from provisioning.model import Member
from provisioning.service import Servers

Respond = Callable[..., Awaitable[Any]]
"""Bolt's `respond`: posts to the command's or the click's response_url."""


class Access(Protocol):
    """Who may use the bot."""

    async def require_member(self, user_id: str) -> None:
        """Raises `UserError` that says whom to ask, if the person may not."""
        ...


class Tasks(Protocol):
    """Work that outlives its listener and is drained at shutdown."""

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> Any:
        """Run it; an error is logged."""
        ...


class Whisper(Protocol):
    """Say something to one person when a response_url no longer takes it."""

    async def __call__(self, user_id: str, message: Message) -> None:
        """A DM."""
        ...


@dataclass(frozen=True)
class Context:
    """The use cases and what surrounds them."""

    servers: Servers
    access: Access
    tasks: Tasks
    whisper: Whisper


async def answer_later(
    context: Context, respond: Respond, member: Member, message: Message, **options: Any
) -> None:
    """Through the response_url; by DM where that has expired (it answers, it doesn't raise)."""
    answer = await respond(text=message.text, blocks=message.blocks, **options)
    if getattr(answer, "status_code", 200) != 200:
        await context.whisper(member.id, message)
