"""The contract for facts about people."""

from typing import Protocol


class People(Protocol):
    """What Slack knows about a person."""

    async def zone(self, user_id: str) -> str:
        """Return the IANA name of the person's time zone; "" if Slack does not answer now."""
        ...
