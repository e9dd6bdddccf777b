"""The contract of what is kept about people's SSH keys; a part of `provisioning.ports.Store`."""

from collections.abc import Collection, Sequence
from typing import Protocol

from provisioning.model import Event, MemberKey, Server


class MemberKeys(Protocol):
    """Whose key is whose. A change of it raises the `people_version` of each live server that
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
