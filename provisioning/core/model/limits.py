"""Limits of a member and of the whole installation, and the load that counts towards them. Pure.

A server counts from its request until it is deleted or has failed. It counts while it is stopped
too, because its owner can start it at any time. Its cost a month is the list price of
`HOURS_A_MONTH`, as the form of a new server shows it, and that of its disk, which costs all day.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from provisioning.core.errors import UserError
from provisioning.core.language import N_, Text, _, said
from provisioning.core.model.server import Server

HOURS_A_MONTH = 8 * 30
"""30 days of 8 hours."""

_CORES = re.compile(r"(?:Standard_|Basic_)?[A-Z]+(\d+)(?:-(\d+))?", re.IGNORECASE)


def cores_of(size: str) -> int:
    """Return the cores of a VM size by Azure's naming rule; 0 for a name without a number.

    "Standard_D4s_v5" has 4 cores, "Standard_E8-2s_v5" 2 of 8. Sizes older than the rule count for
    less than they have ("Standard_DS3_v2" has 4).

    https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
    """
    match = _CORES.match(size)
    return int(match[2] or match[1]) if match else 0


@dataclass(frozen=True)
class Load:
    """Servers, their cores, and US dollars a month; `unpriced`: servers whose price is not
    known, which the cost leaves out."""

    servers: int = 0
    cores: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.servers + other.servers,
            self.cores + other.cores,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
        )

    def __sub__(self, other: "Load") -> "Load":
        return Load(
            self.servers - other.servers,
            self.cores - other.cores,
            self.cost - other.cost,
            self.unpriced - other.unpriced,
        )


def load_of(
    size: str, price_per_hour: Decimal | None, disk_price: Decimal | None = None, count: int = 1
) -> Load:
    """What so many servers of that size count; `disk_price` is in US dollars a month."""
    cost = (price_per_hour or Decimal(0)) * HOURS_A_MONTH + (disk_price or Decimal(0))
    unpriced = 0 if price_per_hour is not None else count
    return Load(count, cores_of(size) * count, cost * count, unpriced)


def load_of_server(server: Server) -> Load:
    """What this server counts."""
    return load_of(server.size, server.price_per_hour, server.disk_price)


@dataclass(frozen=True)
class Limits:
    """The most that a member or the installation may have; 0 and () are no limit.

    `cost` is in US dollars a month. `sizes` and `regions` are the allowed ones. `lifetime` is the
    longest time that a server runs without a stop. Approvers can't extend it: the cleanup stops
    the server then.
    """

    servers: int = 0
    cores: int = 0
    cost: Decimal = Decimal(0)
    sizes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    lifetime: timedelta = timedelta(0)

    def allow_region(self, region: str) -> bool:
        """Return whether a region is allowed."""
        return not self.regions or region.lower() in map(str.lower, self.regions)

    def with_own(self, own: "OwnLimits | None") -> "Limits":
        """Return these limits with those that an admin has set for the member in their place."""
        return self if own is None else replace(self, **own.chosen())

    def excesses(self, load: Load, server: Server) -> Sequence[Text]:
        """Return the reasons why a load that includes `server` is too much; () if it is not.

        Each reason is the end of a sentence.
        """
        found = []
        if self.servers and load.servers > self.servers:
            found.append(
                N_("it would be server {n} of at most {most}", n=load.servers, most=self.servers)
            )
        if self.cores and load.cores > self.cores:
            found.append(
                N_("that would be {n} cores of at most {most}", n=load.cores, most=self.cores)
            )
        most = f"${self.cost:.0f}"
        if self.cost and load.cost > self.cost:
            cost = f"${load.cost:.0f}"
            found.append(N_("that would be {cost} a month of at most {most}", cost=cost, most=most))
        elif self.cost and server.price_per_hour is None:
            found.append(N_("its price is unknown now, and the limit is {most} a month", most=most))
        if self.sizes and server.size.lower() not in map(str.lower, self.sizes):
            found.append(_not_among(server.size, self.sizes))
        if not self.allow_region(server.region):
            found.append(_not_among(server.region, self.regions))
        return found


@dataclass(frozen=True)
class OwnLimits:
    """A member's own limits, set by an admin; None leaves a limit to the settings."""

    servers: int | None = None
    cores: int | None = None
    cost: Decimal | None = None
    sizes: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    lifetime: timedelta | None = None

    def chosen(self) -> dict[str, Any]:
        """Return the limits that are set, by name."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


Allow = Callable[[Load, Load], None]
"""A check inside the transaction that makes a server.

Its arguments are the load of the owner and of all members, the new server included. An exception
undoes the transaction.
"""


class OverLimitError(UserError):
    """A request beyond the member's limits. `reasons` are the ends of sentences."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(
            _("That is more than you may have: {reasons}.", reasons=listed_reasons(reasons))
        )


def listed_reasons(reasons: Sequence[str]) -> str:
    """Return the reasons as one text in the current language."""
    return "; ".join(said(each) for each in reasons)


def _not_among(name: str, names: Sequence[str]) -> Text:
    return N_("{name} is not among {names}", name=name, names=", ".join(names))
