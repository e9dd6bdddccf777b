"""Quiet hours: messages that the bot sends of its own accord wait until the hours end.

Answers, and results of what a member asked for, do not wait (docs/decisions/quiet-hours.md).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.core.errors import DeliveryError
from provisioning.core.model.server import Job
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.people import People
from provisioning.core.ports.store import ServerStore
from provisioning.members.settings import MemberSettingsStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HeldMessage:
    """A message that waits until `due_at`. A `key` is held once.

    With a `server_id`, the warnings about that server are drawn anew when the time comes. Without
    one, `text` and `blocks` (Block Kit as JSON) are posted as they are.
    """

    key: str
    user_id: str
    due_at: datetime
    server_id: str = ""
    text: str = ""
    blocks: str = ""


class HeldMessages(Protocol):
    """The store of held messages."""

    async def hold(self, message: HeldMessage) -> None:
        """Keep a message. If its key is held already, change nothing."""
        ...

    async def due(self, now: datetime) -> Sequence[HeldMessage]:
        """Return the messages whose time has come, oldest first."""
        ...

    async def drop(self, key: str) -> None:
        """Remove a message. If there is none of that key, return without error."""
        ...


@dataclass(frozen=True)
class Quiet:
    """Members who are not to be disturbed now, and the messages that wait for them."""

    settings: MemberSettingsStore
    people: People
    held: HeldMessages
    clock: Clock

    async def until(self, user_id: str) -> datetime | None:
        """Return the end of the member's quiet hours, or None outside quiet hours."""
        quiet = (await self.settings.get(user_id)).quiet
        if quiet is None:
            return None
        return quiet.end(self.clock.now(), await self.people.zone(user_id))

    async def hold_notices(self, user_id: str, server_id: str) -> bool:
        """Hold the warnings about a server if its owner has quiet hours now. Return whether."""
        until = await self.until(user_id)
        if until is not None:
            key = f"notices:{server_id}"
            await self.held.hold(HeldMessage(key, user_id, until, server_id))
        return until is not None


@dataclass(frozen=True)
class Awakening:
    """A tick of the schedule, which posts the held messages.

    `post_held` raises `DeliveryError` if Slack did not take the message. A crash between posting a
    message and dropping its row posts the message twice rather than never.
    """

    quiet: Quiet
    store: ServerStore
    work: Work
    post_held: Callable[[HeldMessage], Awaitable[None]]

    async def tick(self, _scheduled_at: datetime) -> None:
        """Post each message that is due. A message that Slack refuses waits for the next tick."""
        for message in await self.quiet.held.due(self.quiet.clock.now()):
            try:
                await self._say(message)
            except DeliveryError as error:
                log.warning("held message not delivered", key=message.key, reason=error.reason)
            else:
                await self.quiet.held.drop(message.key)

    async def _say(self, message: HeldMessage) -> None:
        if not message.server_id:
            await self.post_held(message)
            return
        server = await self.store.get(message.server_id)
        if server is not None:
            await self.work.begin(Job.WARN, server, f"held:{message.due_at.isoformat()}")
