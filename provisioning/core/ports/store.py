"""The contracts of what the bot keeps about servers, members and shares.

Every contract is one class over the database. Where a change concerns several of them, one method
makes it in one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow, Load, OwnLimits
from provisioning.core.model.people import Member, MemberKey, Share
from provisioning.core.model.server import Server, Stage


class OwnLimitStore(Protocol):
    """Members' own limits, and what members have of what is limited."""

    async def own_limits(self) -> Mapping[str, OwnLimits]:
        """Slack id -> what is set for that member; only those for whom something is."""
        ...

    async def own_limits_of(self, member: str) -> OwnLimits | None:
        """What is set for that member; None if nothing is."""
        ...

    async def set_own_limits(self, member: str, own: OwnLimits | None, event: Event) -> None:
        """Set it, or with None remove it, in one transaction with the event."""
        ...

    async def load(self) -> Mapping[str, Load]:
        """Slack id -> what that member's live servers count."""
        ...


class ShareStore(Protocol):
    """Who may use whose server. A change of it raises the server's `access_list.version` in the
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
        is asked as in `ServerStore.add_server`, of the new owner."""
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
        """The machine lets in whom that version of its access list says."""
        ...


class MemberKeyStore(Protocol):
    """Whose key is whose. A change of it raises the `access_list.version` of each live server that
    the person may use in the same transaction, and returns those servers' rows; None: it was so
    already, so nothing was done."""

    async def member_keys(self, members: Collection[str]) -> Sequence[MemberKey]:
        """All keys of these people, oldest first."""
        ...

    async def add_key(self, key: MemberKey, event: Event) -> Sequence[Server] | None:
        """A key more."""
        ...

    async def remove_key(
        self, member: str, fingerprint: str, event: Event
    ) -> Sequence[Server] | None:
        """A key less."""
        ...


class ServerStore(Protocol):
    """Who owns what. Every change of a server is one transaction with its audit event."""

    async def add_server(
        self,
        server: Server,
        event: Event,
        allow: Allow | None = None,
        shares: Sequence[Share] = (),
    ) -> tuple[Server, bool]:
        """Insert the row, and with whom it is shared from the start. Returns (row, True), or
        (the earlier row, False) if its `request_key` is known already. `allow` is asked in the
        transaction, with what there is then, the new server included; what it raises undoes it.
        Raises `UserError` if a live server has the name."""
        ...

    async def get(self, server_id: str) -> Server | None:
        """The row, whatever its status; None if there is none."""
        ...

    async def find(self, name: str) -> Server | None:
        """The live server of that name, else the latest ended one, else None."""
        ...

    async def list_servers(
        self,
        owner: str | None = None,
        live: bool = True,
        failed_since: datetime | None = None,
    ) -> Sequence[Server]:
        """Servers by age, oldest first; of one owner or of all; live ones, or all that there
        ever were. With `failed_since` also those that failed after that."""
        ...

    async def update(
        self,
        server_id: str,
        generation: int,
        event: Event | None = None,
        /,
        **changes: object,
    ) -> Server | None:
        """Change fields of the server if its generation still is `generation`, and write the
        event in the same transaction. Return None if the generation is another one by now: drop
        the change. `changes` are fields of `Server`; a `password` may be `PasswordHidden`.

        Raises:
            TypeError: a name is not a field of `Server`.
            UserError: a live server has the name that this one would get.
        """
        ...

    async def update_shown_password(
        self, server: Server, used_at: datetime | None, event: Event
    ) -> Server | None:
        """The card shows no password any more, as one that was used then (None: it expired,
        without the event). None if it is not the password that `server` says it shows."""
        ...

    async def kept_copies(self, owner: str | None = None) -> Sequence[Server]:
        """Deleted servers of whose disks a copy is kept, also over its end; latest first."""
        ...

    async def creation_seconds(self, platform: str, size: str, most: int) -> Sequence[float]:
        """From the request to the hand-over, of the latest `most` that came to one."""
        ...

    async def set_card(self, server_id: str, delivery: Delivery) -> None:
        """Remember where the server's card is."""
        ...

    async def set_stage(self, server_id: str, generation: int, stage: Stage, detail: str) -> bool:
        """Move the progress; False if the generation is no longer current."""
        ...


class AuditTrail(Protocol):
    """Who did what, when, and how it ended."""

    async def record(self, event: Event) -> None:
        """Write an audit event that changes no server."""
        ...

    async def events(
        self, server_id: str | None = None, limit: int = 200, since: datetime | None = None
    ) -> Sequence[Event]:
        """The audit trail, latest first; of one server or of all, since a moment or ever."""
        ...

    async def count_events(
        self, server_id: str | None = None, since: datetime | None = None
    ) -> int:
        """How many lines `events` would have without a limit."""
        ...


class MemberStore(Protocol):
    """Who has used the bot."""

    async def remember(self, member: Member, now: datetime) -> None:
        """Keep when the member used the bot, and the name that others see."""
        ...
