"""The contract of the record of members' interactions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from provisioning.core.model.request import Interaction


class InteractionStore(Protocol):
    """The interactions of the last hour, so that each is answered once, by one process."""

    async def add(self, interaction: Interaction, holder: str) -> bool:
        """Record an interaction that the process `holder` answers.

        Returns False if the key is recorded already.
        """
        ...

    async def finish(self, key: str, now: datetime) -> None:
        """Note that the interaction has been answered."""
        ...

    async def take_abandoned(self, holder: str) -> Sequence[Interaction]:
        """Take over the unanswered interactions of processes that have ended, oldest first.

        No other process gets the same interactions.
        """
        ...

    async def forget(self, before: datetime) -> None:
        """Remove the interactions that were received before that time."""
        ...
