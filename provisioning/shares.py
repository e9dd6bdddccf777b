"""The contract of what is kept about sharing; a part of `provisioning.ports.Store`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from provisioning.limits import Allow
from provisioning.model import Delivery, Event, Member, Server, Share


class Shares(Protocol):
    """Who may use whose server. A change of it raises the server's `people_version` in the
    same transaction, and returns the server's row; None: it was so already, so nothing was
    done."""

    async def shares(self, server_id: str) -> Sequence[Share]:
        """All of a server, the ended ones that somebody has to be told of included; oldest
        first."""
        ...

    async def shared_with(self, member: str) -> Sequence[Server]:
        """The live servers that are shared with that person, oldest first."""
        ...

    async def add_share(self, share: Share, event: Event) -> Server | None:
        """Share a live server, once."""
        ...

    async def end_share(
        self, server_id: str, member: str, now: datetime, event: Event
    ) -> Server | None:
        """End a share; it stays until `forget_share`."""
        ...

    async def want_password(self, server_id: str, member: str, event: Event) -> Server | None:
        """A new one-time password is due to a person of a share. None: one is due already."""
        ...

    async def transfer(
        self, server: Server, to: Member, now: datetime, event: Event, allow: Allow
    ) -> Server | None:
        """Give the server to another person, if its owner still is the row's. The older
        owner's card becomes an ended share; the new one's card and password are due. `allow`
        is asked as in `Store.add_server`, of the new owner."""
        ...

    async def note_invitation(
        self, server_id: str, member: str, now: datetime, delivery: Delivery
    ) -> None:
        """The person has the one-time password that was due."""
        ...

    async def forget_share(self, server_id: str, member: str) -> None:
        """Remove a share that has ended; silent if there is none."""
        ...

    async def people_applied(self, server_id: str, version: int) -> None:
        """The machine lets in whom that `people_version` says."""
        ...
