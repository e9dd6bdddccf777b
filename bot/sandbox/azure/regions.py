"""The regions of local Azure: their sizes, quotas and prices.

Regions differ as Azure's do, so that a client that mixes them up is found out: another quota, a
size that only some have, another price.
"""

from dataclasses import dataclass

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import Resource


@dataclass(frozen=True)
class Region:
    """One region.

    `title` is the price list's name. `cores` is the limit of all families together, and `share` is
    the part of the families' usual limits. `lacks` holds the sizes, in lower case, that the region
    does not have. `price` is relative to West Europe.
    """

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
"""Name -> region. The first one answers requests that name no region."""

FIRST = next(iter(REGIONS))


def region_of(location: str) -> Region:
    """Return the region of that name; an unknown name gets the values that every region has."""
    return REGIONS.get(plain(location), Region(location, location))


def plain(location: str) -> str:
    """Return a region's name as Azure spells it: "West Europe" is westeurope."""
    return location.lower().replace(" ", "")


def require_same_region(resource: Resource, referenced: Resource) -> None:
    """Refuse a reference to a network resource or disk in another region."""
    if resource["location"] != referenced["location"]:
        raise ArmError(
            "InvalidResourceReference",
            f"Resource {referenced['id']} referenced by resource {resource['id']} was not found. "
            "Please make sure that the referenced resource exists, and that both resources are "
            "in the same region.",
            status=400,
        )
