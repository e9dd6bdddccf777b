"""Turns of exports: a few at once, one of each member, and a bound on those that wait.

A waiting export holds nothing but its place. Since a member has one place, the order of arrival is
fair to all members.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from provisioning.core.errors import UserError
from provisioning.core.language import _

_AT_ONCE = 2
"""Exports at once. Each may take some hundred megabytes and a whole core."""
_MOST_WAITING = 30


class Turns:
    """The exports of all members that are under way or wait."""

    def __init__(self, at_once: int = _AT_ONCE, most_waiting: int = _MOST_WAITING) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._most = at_once + most_waiting
        self._members: set[str] = set()

    @asynccontextmanager
    async def turn(self, member: str) -> AsyncIterator[None]:
        """Wait for the member's turn, which lasts until the end of the block.

        Raises:
            UserError: if another export of the member is under way, or too many wait.
        """
        if member in self._members:
            raise UserError(
                _(
                    "Your last export is still under way, and I make one at a time for each "
                    "member. Ask again when its files are in our DM."
                )
            )
        if len(self._members) >= self._most:
            raise UserError(
                _(
                    "{count} exports are waiting, so yours was not begun. Try again in a few "
                    "minutes.",
                    count=len(self._members),
                )
            )
        self._members.add(member)
        try:
            async with self._slots:
                yield
        finally:
            self._members.discard(member)
