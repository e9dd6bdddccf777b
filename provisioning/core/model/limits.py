"""How much one member and the whole installation may have: what counts, and what is too much.
Pure, but for the contract of who keeps members' own limits.

A server counts from the moment it is asked for until it is deleted or has failed, also while it
is stopped: it can be started at any time. Its cost a month is what the price list says for
`HOURS_A_MONTH`, as the form of a new server shows it.
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
    """The cores of a VM size by its name, as Azure forms them: "Standard_D4s_v5" has 4, and
    "Standard_E8-2s_v5" 2 of 8. 0 where the name has no number. Sizes of before that rule
    ("Standard_DS3_v2" has 4) count less than they have.

    https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
    """
    match = _CORES.match(size)
    return int(match[2] or match[1]) if match else 0


@dataclass(frozen=True)
class Usage:
    """Servers, their cores, and US dollars a month; `unpriced`: servers whose price is not
    known, which the cost leaves out."""

    servers: int = 0
    cores: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.servers + other.servers,
            self.cores + other.cores,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(
            self.servers - other.servers,
            self.cores - other.cores,
            self.cost - other.cost,
            self.unpriced - other.unpriced,
        )


def usage_of(size: str, price_per_hour: Decimal | None, count: int = 1) -> Usage:
    """What so many servers of that size count."""
    cost = (price_per_hour or Decimal(0)) * HOURS_A_MONTH * count
    return Usage(count, cores_of(size) * count, cost, 0 if price_per_hour is not None else count)


@dataclass(frozen=True)
class Limits:
    """The most that somebody may have; 0 and () are no limit. `cost` is in US dollars a month,
    `sizes` and `regions` are those that may be chosen. `lifetime`: how long a server may run
    without a stop; nobody is asked about more, since the cleanup holds to it."""

    servers: int = 0
    cores: int = 0
    cost: Decimal = Decimal(0)
    sizes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    lifetime: timedelta = timedelta(0)

    def allow_region(self, region: str) -> bool:
        """Whether it may be chosen."""
        return not self.regions or region.lower() in map(str.lower, self.regions)

    def with_own(self, own: "OwnLimits | None") -> "Limits":
        """These, and what an admin has set for the member instead."""
        return self if own is None else replace(self, **own.chosen())

    def excesses(self, usage: Usage, server: Server) -> Sequence[Text]:
        """Why `usage`, with `server` in it already, is too much; nothing where it is not. Each
        is the end of a sentence."""
        found = []
        if self.servers and usage.servers > self.servers:
            found.append(
                N_("it would be server {n} of at most {most}", n=usage.servers, most=self.servers)
            )
        if self.cores and usage.cores > self.cores:
            found.append(
                N_("that would be {n} cores of at most {most}", n=usage.cores, most=self.cores)
            )
        most = f"${self.cost:.0f}"
        if self.cost and usage.cost > self.cost:
            cost = f"${usage.cost:.0f}"
            found.append(N_("that would be {cost} a month of at most {most}", cost=cost, most=most))
        elif self.cost and server.price_per_hour is None:
            found.append(
                N_("its price is not known now, and at most {most} a month may be", most=most)
            )
        if self.sizes and server.size.lower() not in map(str.lower, self.sizes):
            found.append(_not_among(server.size, self.sizes))
        if not self.allow_region(server.region):
            found.append(_not_among(server.region, self.regions))
        return found


@dataclass(frozen=True)
class OwnLimits:
    """What an admin has set for one member; None leaves it to the installation's settings."""

    servers: int | None = None
    cores: int | None = None
    cost: Decimal | None = None
    sizes: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    lifetime: timedelta | None = None

    def chosen(self) -> dict[str, Any]:
        """Those that are set, by their names."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in found.items() if value is not None}


Allow = Callable[[Usage, Usage], None]
"""Given what the owner and what everybody has, the new server included; raises what is to undo
the transaction that made it."""


class OverLimitError(UserError):
    """It is more than the member's limits allow. `reasons`: the ends of sentences."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(
            _("That is more than you may have: {reasons}.", reasons=listed_reasons(reasons))
        )


def listed_reasons(reasons: Sequence[str]) -> str:
    """The ends of sentences as one, in the language of now."""
    return "; ".join(said(each) for each in reasons)


def _not_among(name: str, names: Sequence[str]) -> Text:
    return N_("{name} is not among {names}", name=name, names=", ".join(names))
