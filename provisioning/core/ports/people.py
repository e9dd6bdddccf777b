"""What the core asks about people: the contract."""

from typing import Protocol


class People(Protocol):
    """What Slack knows of a person."""

    async def zone(self, user_id: str) -> str:
        """The IANA name of their time zone; "" if Slack does not say now."""
        ...
