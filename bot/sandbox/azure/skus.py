"""Sizes of virtual machines: which are sold in which region, and the quotas of cores.

Cores, memory, families and capabilities are those of Azure's size pages. The limits are those of a
subscription that has asked for more once, except for GPUs. The table has one size for each
restriction that a client must understand.
"""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.regions import FIRST, REGIONS, plain, region_of
from bot.sandbox.azure.state import Resource, State

VM = "Microsoft.Compute/virtualMachines"
REGION_CORES = "cores"
ZONES = ("1", "2", "3")


@dataclass(frozen=True)
class Size:
    """One row of the table.

    `restricted` is "", "Zone" (not sold in one zone) or "Location"; `temporary_gb` is the size of
    the local disk.
    """

    name: str
    family: str
    cores: int
    memory_gb: float
    gpus: int = 0
    generations: str = "V1,V2"
    architecture: str = "x64"
    trusted_launch: bool = True
    restricted: str = ""
    temporary_gb: int = 0


SIZES = {
    size.name.lower(): size
    for size in (
        Size("Standard_B2s", "standardBSFamily", 2, 4, temporary_gb=8),
        Size("Standard_B2ms", "standardBSFamily", 2, 8, temporary_gb=16),
        Size("Standard_D2s_v5", "standardDSv5Family", 2, 8),
        Size("Standard_D4s_v5", "standardDSv5Family", 4, 16),
        Size("Standard_D8s_v5", "standardDSv5Family", 8, 32),
        Size("Standard_E4s_v5", "standardESv5Family", 4, 32, restricted="Zone"),
        Size("Standard_NC4as_T4_v3", "Standard NCASv3_T4 Family", 4, 28, gpus=1, temporary_gb=176),
        Size("Standard_NV6ads_A10_v5", "StandardNVADSA10v5Family", 6, 55, gpus=1),
        Size("Standard_D2ps_v5", "standardDPSv5Family", 2, 8, 0, "V2", "Arm64"),
        Size(
            "Standard_A1_v2",
            "standardAv2Family",
            1,
            2,
            0,
            "V1",
            trusted_launch=False,
            temporary_gb=10,
        ),
        Size(
            "Standard_DC2s_v2",
            "standardDCSv2Family",
            2,
            8,
            0,
            "V2",
            trusted_launch=False,
            temporary_gb=100,
        ),
        Size("Standard_F2s_v2", "standardFSv2Family", 2, 4, restricted="Location", temporary_gb=16),
    )
}
"""Lower-case name -> size."""

FAMILIES = {
    "standardBSFamily": ("Standard BS Family vCPUs", 150),
    "standardDSv5Family": ("Standard DSv5 Family vCPUs", 150),
    "standardESv5Family": ("Standard ESv5 Family vCPUs", 100),
    "Standard NCASv3_T4 Family": ("Standard NCASv3_T4 Family vCPUs", 8),
    "StandardNVADSA10v5Family": ("Standard NVADSA10v5 Family vCPUs", 12),
    "standardDPSv5Family": ("Standard DPSv5 Family vCPUs", 10),
    "standardAv2Family": ("Standard Av2 Family vCPUs", 10),
    "standardDCSv2Family": ("Standard DCSv2 Family vCPUs", 8),
    "standardFSv2Family": ("Standard FSv2 Family vCPUs", 10),
}
"""Name of the quota -> (title for people, limit in cores)."""


def require_size(size: str, location: str) -> Size:
    """Return the size, or raise the refusal of one that is unknown or not sold in the region."""
    found = SIZES.get(size.lower())
    if found is None:
        raise ArmError(
            "InvalidParameter",
            f"The value {size or 'null'} provided for the VM size is not valid. The valid sizes "
            f"in the current region are: {','.join(each.name for each in SIZES.values())}. Find "
            "out more on the valid VM sizes in each region at "
            "https://aka.ms/azure-regionservices.",
        )
    if found.restricted == "Location" or found.name.lower() in region_of(location).lacks:
        raise ArmError(
            "SkuNotAvailable",
            "The requested VM size for resource 'Following SKUs have failed for Capacity "
            f"Restrictions: {found.name}' is currently not available in location '{location}'. "
            "Please try another size or deploy to a different location or different zone. See "
            "https://aka.ms/azureskunotavailable for details.",
        )
    return found


def require_same_disks(present: Size, wanted: Size, machine: str) -> None:
    """Refuse a change between sizes with and without a local disk."""
    if bool(present.temporary_gb) != bool(wanted.temporary_gb):
        raise ArmError(
            "OperationNotAllowed",
            f"Unable to resize the VM '{machine}' since changing from resource disk to "
            "non-resource disk VM size and vice-versa is not allowed. Please refer to "
            "https://aka.ms/AAah4sj for more details.",
        )


def require_quota(
    state: State, size: str, location: str = FIRST, *, held: Size | None = None
) -> None:
    """Refuse a VM whose size would exceed the quota of its family or of the region.

    `held` is the size that the VM already has, for a change of size.
    """
    wanted = SIZES[size.lower()]
    used = _cores_in_use(state, location)
    quotas = (
        (wanted.family, f"{wanted.family} Cores", _limit(wanted.family, location)),
        (REGION_CORES, "Total Regional Cores", region_of(location).cores),
    )
    for name, title, usual in quotas:
        usage, limit = used.get(name, 0), usual * state.quota_times
        frees = held is not None and name in (held.family, REGION_CORES)
        required = wanted.cores - (held.cores if held is not None and frees else 0)
        if required > 0 and usage + required > limit:
            raise ArmError(
                "OperationNotAllowed", _quota_text(title, location, usage, limit, required)
            )


def quota_refusal(location: str = FIRST) -> ArmError:
    """Return the refusal of a region whose quota is used up, for a fault."""
    limit = region_of(location).cores
    return ArmError(
        "OperationNotAllowed", _quota_text("Total Regional Cores", location, limit, limit, 2)
    )


def _limit(family: str, location: str) -> int:
    return int(FAMILIES[family][1] * region_of(location).share)


def compute_usages(state: State, location: str) -> list[dict[str, Any]]:
    """Return the list `usages` of a region.

    Cores of deallocated VMs count too, as Azure's page on vCPU quotas says.
    """
    used = _cores_in_use(state, location)
    machines = sum(1 for vm in state.of_type(VM) if _is_in(vm, location))
    rows = [
        (
            REGION_CORES,
            "Total Regional vCPUs",
            used.get(REGION_CORES, 0),
            region_of(location).cores,
        ),
        ("virtualMachines", "Virtual Machines", machines, 25_000),
    ]
    rows += [
        (name, title, used.get(name, 0), _limit(name, location))
        for name, (title, _usual) in FAMILIES.items()
    ]
    return [
        {
            "limit": limit * state.quota_times,
            "unit": "Count",
            "currentValue": usage,
            "name": {"value": name, "localizedValue": title},
        }
        for name, title, usage, limit in rows
    ]


def sku_list(location: str) -> list[dict[str, Any]]:
    """Return the list `skus` of a region: sizes and kinds of disk; empty for an unknown region."""
    if plain(location) not in REGIONS:
        return []
    has = [size for key, size in SIZES.items() if key not in region_of(location).lacks]
    return [_sku(size, location) for size in has] + [
        {
            "resourceType": "disks",
            "name": name,
            "tier": name.split("_")[0],
            "locations": [location],
            "locationInfo": [{"location": location, "zones": list(ZONES)}],
            "capabilities": [],
            "restrictions": [],
        }
        for name in ("Standard_LRS", "StandardSSD_LRS", "Premium_LRS")
    ]


def _sku(size: Size, location: str) -> dict[str, Any]:
    capabilities = {
        "vCPUs": size.cores,
        "vCPUsAvailable": size.cores,
        "MemoryGB": f"{size.memory_gb:g}",
        "GPUs": size.gpus or None,
        "HyperVGenerations": size.generations,
        "CpuArchitectureType": size.architecture,
        "PremiumIO": "True",
        "DiskControllerTypes": "SCSI",
        "MaxResourceVolumeMB": str(size.temporary_gb * 1024),
        "TrustedLaunchDisabled": None if size.trusted_launch else "True",
    }
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [location],
        "locationInfo": [{"location": location, "zones": list(ZONES), "zoneDetails": []}],
        "capabilities": [
            {"name": name, "value": str(value)} for name, value in capabilities.items() if value
        ],
        "restrictions": _restrictions(size, location),
    }


def _restrictions(size: Size, location: str) -> list[dict[str, Any]]:
    if not size.restricted:
        return []
    inside: dict[str, Any] = {"locations": [location]}
    if size.restricted == "Zone":
        inside["zones"] = ["3"]
    return [
        {
            "type": size.restricted,
            "values": [location],
            "restrictionInfo": inside,
            "reasonCode": "NotAvailableForSubscription",
        }
    ]


def _cores_in_use(state: State, location: str) -> dict[str, int]:
    used: dict[str, int] = {}
    for vm in state.of_type(VM):
        size = SIZES.get(vm["properties"].get("hardwareProfile", {}).get("vmSize", "").lower())
        if size is not None and _is_in(vm, location):
            for name in (size.family, REGION_CORES):
                used[name] = used.get(name, 0) + size.cores
    return used


def _is_in(resource: Resource, location: str) -> bool:
    return str(resource["location"]).lower() == location.lower()


def _quota_text(title: str, location: str, usage: int, limit: int, required: int) -> str:
    return (
        f"Operation could not be completed as it results in exceeding approved {title} quota. "
        f"Additional details - Deployment Model: Resource Manager, Location: {location}, Current "
        f"Limit: {limit}, Current Usage: {usage}, Additional Required: {required}, (Minimum) New "
        f"Limit Required: {usage + required}. Setup Alerts when Quota reaches threshold. Learn "
        "more at https://aka.ms/quotamonitoringalerting . Please read more about quota limits at "
        "https://docs.microsoft.com/en-us/azure/azure-supportability/per-vm-quota-requests"
    )
