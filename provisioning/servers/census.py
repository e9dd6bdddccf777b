"""All members' servers, for admins: counts, and lists with a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Server, Status


@dataclass(frozen=True)
class Crowd:
    """The number of servers by state, and the number of their owners."""

    by_status: Mapping[Status, int]
    owners: int


@dataclass(frozen=True)
class Holding:
    """How many servers of one size in one region an owner has that hold cores.

    All servers hold cores but the stopped ones.
    """

    owner: str
    region: str
    size: str
    servers: int


@dataclass(frozen=True)
class Listing:
    """The oldest servers of a query, and the number of all its servers."""

    servers: Sequence[Server]
    total: int


class Census(Protocol):
    """The queries over all members' servers."""

    async def crowd(self) -> Crowd:
        """Count the servers that have not ended, and their owners."""
        ...

    async def holdings(self) -> Sequence[Holding]:
        """Return which owners hold which of the subscription's cores."""
        ...

    async def listing(self, status: Status | None, failed_since: datetime, most: int) -> Listing:
        """List at most `most` servers that have not ended, or those in one state.

        Failed servers are included if they failed after `failed_since`.
        """
        ...
