"""The contract of looking for what the cloud does not show."""

from collections.abc import Sequence
from typing import Protocol

from provisioning.core.model.cloud import RightsGranted, ShownParts


class Presence(Protocol):
    """What the cloud shows where something seems to be absent.

    The cloud may hide what exists: its data lags behind, or the bot has lost a role.
    """

    async def shows_place(self) -> bool:
        """Return whether the cloud shows the subscription and the resource group of the settings.

        Raises `NotYet` and `PermanentError` as all methods do: a refusal is no absence.
        """
        ...

    async def unprepared(self) -> Sequence[str]:
        """Sign in, and return what `CloudAccount.check` would still create, in words.

        Changes nothing. Raises as `shows_place` does.
        """
        ...

    async def rights(self) -> RightsGranted:
        """Compare what the cloud grants the bot's identity with what the bot needs.

        Raises as `shows_place` does, also if the bot may not ask.
        """
        ...

    async def parts(self, server_id: str) -> ShownParts:
        """Return what the cloud shows of the server."""
        ...
