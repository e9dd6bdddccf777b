"""What is kept about each server for the scheduled cleanup, and the contracts of those who
keep it and tell people. Like `provisioning.core.ports.cloud`: contracts alone, no I/O."""

from typing import Protocol


class People(Protocol):
    """What Slack knows of a person."""

    async def zone(self, user_id: str) -> str:
        """The IANA name of their time zone; "" if Slack does not say now."""
        ...
