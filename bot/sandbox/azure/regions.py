"""The regions of local Azure: what each has, how much of it, and at what price.

They differ as Azure's do, so that a client that mixes them up is found out: another quota, a
size that only some have, another price.
"""

from dataclasses import dataclass

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import Resource


@dataclass(frozen=True)
class Region:
    """`title` is the price list's. `cores`: the limit of all families together; `share`: how much
    of the families' usual limits it gives. `lacks`: sizes, in lower case, that it does not have.
    `price`: against West Europe's."""

    name: str
    title: str
    cores: int = 200
    share: float = 1.0
    lacks: frozenset[str] = frozenset()
    price: float = 1.0


REGIONS = {
    region.name: region
    for region in (
        Region("westeurope", "EU West"),
        Region(
            "northeurope", "EU North", 100, 0.5, frozenset({"standard_nv6ads_a10_v5"}), price=0.95
        ),
        Region(
            "eastus",
            "US East",
            60,
            0.5,
            frozenset({"standard_nc4as_t4_v3", "standard_d8s_v5"}),
            price=0.85,
        ),
    )
}
"""Name -> region; the first one is where a request that names none is about."""

FIRST = next(iter(REGIONS))


def region_of(location: str) -> Region:
    """The region of that name; for one that is none, what every region has."""
    return REGIONS.get(plain(location), Region(location, location))


def plain(location: str) -> str:
    """As Azure spells it: "West Europe" is westeurope."""
    return location.lower().replace(" ", "")


def require_same_region(resource: Resource, referenced: Resource) -> None:
    """The refusal of a network part, an interface or a disk that is in another region."""
    if resource["location"] != referenced["location"]:
        raise ArmError(
            "InvalidResourceReference",
            f"Resource {referenced['id']} referenced by resource {resource['id']} was not found. "
            "Please make sure that the referenced resource exists, and that both resources are "
            "in the same region.",
            status=400,
        )
