"""The contracts of what the bot stores about servers, members and shares.

Each contract is one class over the database. A change that concerns several contracts is one
method with one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow, Load, OwnLimits
from provisioning.core.model.people import Departure, Member, MemberKey, Share, Standing
from provisioning.core.model.server import Server, Stage
from provisioning.core.ports.engine import Due


class OwnLimitStore(Protocol):
    """Members' own limits, and the load that counts against limits."""

    async def own_limits(self) -> Mapping[str, OwnLimits]:
        """Return Slack id -> own limits, for the members that have some."""
        ...

    async def own_limits_of(self, member: str) -> OwnLimits | None:
        """Return the member's own limits; None without any."""
        ...

    async def set_own_limits(self, member: str, own: OwnLimits | None, event: Event) -> None:
        """Set the member's own limits, or remove them with None, and record the event.

        Both happen in one transaction.
        """
        ...

    async def load(self) -> Mapping[str, Load]:
        """Return Slack id -> the load of that member's live servers."""
        ...


class ShareStore(Protocol):
    """The servers' access lists.

    Each change of a list raises the server's `access_list.version` in the same transaction and
    returns the server's row. None means that the list was so already, so nothing was done.
    """

    async def shares(self, server_id: str) -> Sequence[Share]:
        """Return all shares of a server, oldest first.

        Includes ended shares about which a member has yet to be notified.
        """
        ...

    async def shared_with(self, member: str) -> Sequence[Server]:
        """Return the live servers that are shared with that member, oldest first."""
        ...

    async def add_share(self, share: Share, event: Event) -> Server | None:
        """Share a live server with a member, once."""
        ...

    async def end_share(
        self, server_id: str, member: str, now: datetime, event: Event
    ) -> Server | None:
        """End a share. Its row stays until `forget_share`."""
        ...

    async def want_password(self, server_id: str, member: str, event: Event) -> Server | None:
        """Request a new one-time password for the member of a share.

        Returns None if one is requested already.
        """
        ...

    async def transfer(
        self, server: Server, to: Member, now: datetime, event: Event, allow: Allow
    ) -> Server | None:
        """Give the server to another owner, if the row still has the same owner.

        The former owner's card becomes an ended share; the new owner gets a card and a one-time
        password. `allow` is called for the new owner as in `ServerStore.add_server`.
        """
        ...

    async def note_invitation(
        self, server_id: str, member: str, now: datetime, delivery: Delivery
    ) -> None:
        """Note that the member has received the requested one-time password."""
        ...

    async def forget_share(self, server_id: str, member: str) -> None:
        """Remove a share that has ended; does nothing if there is none."""
        ...

    async def people_applied(self, server_id: str, version: int) -> None:
        """Note that the machine has that version of the access list."""
        ...


class MemberKeyStore(Protocol):
    """Members' SSH keys.

    Each change raises the `access_list.version` of every live server that the member may use, in
    the same transaction, and returns those servers' rows. None means that nothing had to change.
    """

    async def member_keys(self, members: Collection[str]) -> Sequence[MemberKey]:
        """Return all keys of these members, oldest first."""
        ...

    async def add_key(self, key: MemberKey, event: Event) -> Sequence[Server] | None:
        """Add a key."""
        ...

    async def remove_key(
        self, member: str, fingerprint: str, event: Event
    ) -> Sequence[Server] | None:
        """Remove a key."""
        ...


class DepartureStore(Protocol):
    """Members who have left, and the end of their access."""

    async def with_access(self) -> Collection[str]:
        """Return the people who can use a server: owners, guests, and holders of SSH keys.

        An owner whose servers are all closed is not among them.
        """
        ...

    async def departures(self) -> Sequence[Departure]:
        """Return the members who have left, the earliest first."""
        ...

    async def leave(
        self, member: str, cause: Standing, now: datetime, event: Event
    ) -> tuple[Departure, Sequence[Server]] | None:
        """End all access of a member who has left, in one transaction.

        Their shares end, their SSH keys are deleted, and their own servers are closed to them.
        Returns all that their departure has ended so far, and the live servers whose access list
        has changed now, with a new version of it. None if the member had no access.
        """
        ...

    async def give_back(self, owner: str, event: Event) -> Sequence[Server]:
        """Open the owner's closed servers to the owner again, and return them.

        A new one-time password is due on each.
        """
        ...

    async def forget_departure(self, member: str) -> None:
        """Forget the departure of a member who has come back."""
        ...


class ServerStore(Protocol):
    """Servers and their owners. A change of a server is one transaction with its audit event."""

    async def add_server(
        self,
        server: Server,
        event: Event,
        allow: Allow | None = None,
        shares: Sequence[Share] = (),
    ) -> tuple[Server, bool]:
        """Insert the server's row and its first shares.

        Returns (row, True), or (the earlier row, False) if the `request_key` is known already.
        `allow`
        is called inside the transaction with the loads, the new server included; an error that it
        raises rolls the transaction back. Raises `UserError` if a live server has the name.
        """
        ...

    async def get(self, server_id: str) -> Server | None:
        """Return the row, whatever its status; None if there is none."""
        ...

    async def find(self, name: str) -> Server | None:
        """Return the live server of that name, else the latest ended one, else None."""
        ...

    async def list_servers(
        self,
        owner: str | None = None,
        live: bool = True,
        failed_since: datetime | None = None,
    ) -> Sequence[Server]:
        """Return servers, oldest first: of one owner or of all.

        `live` leaves out ended servers. `failed_since` adds the servers that failed after that
        time.
        """
        ...

    async def update(
        self,
        server_id: str,
        generation: int,
        event: Event | None = None,
        due: Due | None = None,
        /,
        **changes: object,
    ) -> Server | None:
        """Change fields of the server if its generation still is `generation`.

        The event and the work that is `due` from now on are written in the same transaction.
        Returns None if the generation has changed: drop the change then. `changes` are fields of
        `Server`; a `password` may be `PasswordHidden`.

        Raises:
            TypeError: a name is not a field of `Server`.
            UserError: a live server has the name that this server would get.
        """
        ...

    async def update_shown_password(
        self, server: Server, used_at: datetime | None, event: Event, due: Due
    ) -> Server | None:
        """Note that the card may no longer show the password, and that a redraw is due.

        `used_at` is the time at which the password was used; None means that it expired, and writes
        no
        event. Returns None if the card shows another password than `server` says.
        """
        ...

    async def kept_copies(self, owner: str | None = None) -> Sequence[Server]:
        """Return deleted servers that have a snapshot, latest first.

        Snapshots after the end of their retention are included.
        """
        ...

    async def with_remains(self) -> Sequence[Server]:
        """Return the servers, live or ended, of which a failed request has left something."""
        ...

    async def creation_seconds(self, platform: str, size: str, most: int) -> Sequence[float]:
        """Return seconds from request to result of the latest `most` successful creations."""
        ...

    async def set_card(
        self, server_id: str, delivery: Delivery, *, newer_card: bool = False
    ) -> None:
        """Store the place of the server's card, and whether a newer one may have been posted."""
        ...

    async def set_stage(self, server_id: str, generation: int, stage: Stage, detail: str) -> bool:
        """Store the progress of a creation; False if the generation is no longer current."""
        ...


class AuditTrail(Protocol):
    """The audit trail: actor, action, time and result."""

    async def record(self, event: Event) -> None:
        """Write an audit event that changes no server."""
        ...

    async def events(
        self, server_id: str | None = None, limit: int = 200, since: datetime | None = None
    ) -> Sequence[Event]:
        """Return the audit trail, latest first: of one server or of all, since a time or ever."""
        ...

    async def count_events(
        self, server_id: str | None = None, since: datetime | None = None
    ) -> int:
        """Return how many events `events` would return without a limit."""
        ...


class MemberStore(Protocol):
    """The members that have used the bot."""

    async def remember(self, member: Member, now: datetime) -> None:
        """Store the time of the member's latest use and the name that others see."""
        ...
