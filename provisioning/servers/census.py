"""Everybody's servers, for admins: so many that only some of them are read at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Server, Status


@dataclass(frozen=True)
class Crowd:
    """How many there are by state, and how many people own them."""

    by_status: Mapping[Status, int]
    owners: int


@dataclass(frozen=True)
class Holding:
    """How many servers of one size a person has in a region that hold cores: all but the stopped
    ones."""

    owner: str
    region: str
    size: str
    servers: int


@dataclass(frozen=True)
class Listing:
    """The oldest of some servers, and how many there are in all."""

    servers: Sequence[Server]
    total: int


class Census(Protocol):
    """Who counts them."""

    async def crowd(self) -> Crowd:
        """Those that there are."""
        ...

    async def holdings(self) -> Sequence[Holding]:
        """Who holds what of the subscription's cores."""
        ...

    async def listing(self, status: Status | None, failed_since: datetime, most: int) -> Listing:
        """Those that there are, or in one state; failed ones if they failed after that."""
        ...
