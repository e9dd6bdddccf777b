"""Who the bot's admins are is asked anew each time: a user group changes."""

from collections.abc import Awaitable, Callable, Sequence

Admins = Callable[[], Awaitable[Sequence[str]]]
"""The Slack ids of those who are admins now."""


async def nobody() -> Sequence[str]:
    """No admins."""
    return ()
