"""What the region sells to the subscription, and how much of it is left."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from provisioning.clouds.azure_builds import Build, build_of, why_not
from provisioning.clouds.azure_client import AzureClients
from provisioning.clouds.azure_codes import QUOTA_FULL
from provisioning.clouds.azure_errors import Failure, explain, filled, translated
from provisioning.errors import PermanentError
from provisioning.language import N_
from provisioning.model import Quota, Server, Size

if TYPE_CHECKING:
    from azure.mgmt.compute.models import ResourceSku

CACHE_SECONDS = 3600.0
REGION_CORES = "cores"
"""Azure's name for the quota of all cores of a region."""


class Capacity:
    """Sizes (kept for an hour) and quotas (always asked)."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._lock = asyncio.Lock()
        self._sizes: tuple[Size, ...] = ()
        self._builds: dict[str, Build] = {}
        self._fetched_at = -CACHE_SECONDS

    async def sizes(self, *, at_start: bool = False) -> Sequence[Size]:
        """The sizes that can run a 64-bit x86 image of generation 2, by name."""
        async with self._lock:
            if time.monotonic() - self._fetched_at >= CACHE_SECONDS:
                with translated(N_("list the sizes"), self._clients.facts, at_start=at_start):
                    await self._fetch()
        return self._sizes

    async def allows_trusted_launch(self, size: str) -> bool:
        """Whether a VM of this size can start with Trusted Launch: most can."""
        await self.sizes()
        return size not in self._builds or self._builds[size].trusted_launch

    async def check(self, server: Server) -> None:
        """See `Cloud.check_capacity`."""
        sizes, quotas = await asyncio.gather(self.sizes(), self.quotas())
        size = next((each for each in sizes if each.name == server.size), None)
        if size is None:
            facts = {**self._clients.facts, "size": server.size}
            raise explain(Failure("SkuNotAvailable", ""), N_("create the machine"), facts)
        full = _full_quota(size, quotas)
        if full is not None:
            raise self._quota_refusal(full, size.cores)

    def _quota_refusal(self, full: Quota, required: int) -> PermanentError:
        return PermanentError(
            filled(
                QUOTA_FULL,
                {
                    "region": self._clients.config.region,
                    "quota": full.title,
                    "usage": full.usage,
                    "limit": full.limit,
                    "required": required,
                },
            ),
            "QuotaExceeded",
        )

    async def check_resize(self, server: Server, name: str) -> Size:
        """See `Cloud.check_resize`."""
        sizes, quotas = await asyncio.gather(self.sizes(), self.quotas())
        size = next((each for each in sizes if each.name == name), None)
        if size is None:
            facts = {**self._clients.facts, "size": name}
            raise explain(Failure("SkuNotAvailable", ""), N_("resize the machine"), facts)
        present = next((each for each in sizes if each.name == server.size), None)
        refusal = self._refusal(present, size, quotas)
        if refusal is not None:
            raise refusal
        return size

    async def resizable_to(self, server: Server) -> Sequence[Size]:
        """See `Cloud.resizable_to`."""
        sizes, quotas = await asyncio.gather(self.sizes(), self.quotas())
        present = next((each for each in sizes if each.name == server.size), None)
        return [
            size
            for size in sizes
            if size.name != server.size and self._refusal(present, size, quotas) is None
        ]

    def _refusal(
        self, present: Size | None, size: Size, quotas: Mapping[str, Quota]
    ) -> PermanentError | None:
        """Why a machine of the present size (None: no longer sold) can't get that one."""
        if present is not None:
            reason = why_not(self._builds[present.name], self._builds[size.name])
            if reason:
                return PermanentError(
                    N_(
                        "A machine of the size {present} can't become a {wanted}: {reason}. Choose "
                        "another size, or make a new server of that one.",
                        present=present.name,
                        wanted=size.name,
                        reason=reason,
                    ),
                    "NotResizable",
                )
        full = _full_quota(size, quotas, present)
        if full is None:
            return None
        return self._quota_refusal(full, size.cores)

    async def fitting(self) -> Sequence[Size]:
        """See `Cloud.fitting_sizes`."""
        sizes, quotas = await asyncio.gather(self.sizes(), self.quotas())
        return [size for size in sizes if _full_quota(size, quotas) is None]

    async def _fetch(self) -> None:
        region = self._clients.config.region
        pages = self._clients.compute.resource_skus.list(filter=f"location eq '{region}'")
        found, builds = [], {}
        async for sku in pages:
            capabilities = {c.name or "": c.value or "" for c in sku.capabilities or ()}
            if sku.resource_type != "virtualMachines" or not _is_sold(sku):
                continue
            if not _runs_our_images(capabilities):
                continue
            size = Size(
                name=sku.name or "",
                cores=int(capabilities.get("vCPUs", "0")),
                memory_gb=float(capabilities.get("MemoryGB", "0")),
                family=sku.family or "",
                gpus=int(capabilities.get("GPUs", "0")),
            )
            found.append(size)
            builds[size.name] = build_of(capabilities)
        self._sizes = tuple(sorted(found, key=lambda size: size.name))
        self._builds = builds
        self._fetched_at = time.monotonic()

    async def quotas(self) -> dict[str, Quota]:
        """By the quota's name in lower case: sizes spell it another way at times."""
        quotas = {}
        with translated(N_("read the quotas"), self._clients.facts):
            async for usage in self._clients.compute.usage.list(self._clients.config.region):
                name = usage.name.value or ""
                title = usage.name.localized_value or name
                quotas[name.lower()] = Quota(usage.current_value or 0, usage.limit or 0, title)
        return quotas


def _full_quota(size: Size, quotas: Mapping[str, Quota], held: Size | None = None) -> Quota | None:
    """The quota that has no room for the size, None if each has; `held`: the size that it takes
    the place of."""
    for name in (size.family.lower(), REGION_CORES):
        quota = quotas.get(name)
        freed = held.cores if held and name in (held.family.lower(), REGION_CORES) else 0
        if quota is not None and quota.usage + size.cores - freed > max(quota.limit, quota.usage):
            return quota
    return None


def _is_sold(sku: "ResourceSku") -> bool:
    """A restriction by zone still leaves the rest of the region."""
    return not any(restriction.type == "Location" for restriction in sku.restrictions or ())


def _runs_our_images(capabilities: dict[str, str]) -> bool:
    x86 = capabilities.get("CpuArchitectureType", "x64") == "x64"
    return x86 and "V2" in capabilities.get("HyperVGenerations", "V2")
