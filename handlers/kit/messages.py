"""The contract by which handlers send direct messages.

`bot.slack.direct_messages` implements it.
"""

from collections.abc import Callable
from typing import Protocol

from handlers.kit.blocks import Message


class Messages(Protocol):
    """Send DMs to one person."""

    async def send(
        self,
        user_id: str,
        content: Message | Callable[[], Message],
        *,
        must_arrive: bool,
        after_quiet_hours: bool,
    ) -> object:
        """Send a DM: a drawn message, or a function that draws it in the reader's language.

        With `must_arrive`, raises `DeliveryError` if Slack did not take the message; otherwise a
        failure is logged. With `after_quiet_hours`, the message waits for the end of the reader's
        quiet hours: for messages that the reader did not ask for.
        """
        ...

    async def send_file(
        self, user_id: str, name: str, content: bytes, title: str, comment: str = ""
    ) -> None:
        """Send a file by DM, with `comment` above it.

        Raises `DeliveryError` if Slack did not take the file.
        """
        ...
