"""What the region sells to the subscription, and how much of it is left."""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from provisioning.clouds.azure_client import AzureClients
from provisioning.clouds.azure_codes import QUOTA_FULL
from provisioning.clouds.azure_errors import Failure, explain, translated
from provisioning.errors import PermanentError
from provisioning.model import Server, Size

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
        self._without_trusted_launch: frozenset[str] = frozenset()
        self._fetched_at = -CACHE_SECONDS

    async def sizes(self, *, at_start: bool = False) -> Sequence[Size]:
        """The sizes that can run a 64-bit x86 image of generation 2, by name."""
        async with self._lock:
            if time.monotonic() - self._fetched_at >= CACHE_SECONDS:
                with translated("list the sizes", self._clients.facts, at_start=at_start):
                    await self._fetch()
        return self._sizes

    async def allows_trusted_launch(self, size: str) -> bool:
        """Whether a VM of this size can start with Trusted Launch: most can."""
        await self.sizes()
        return size not in self._without_trusted_launch

    async def check(self, server: Server) -> None:
        """See `Cloud.check_capacity`."""
        sizes, quotas = await asyncio.gather(self.sizes(), self._quotas())
        size = next((each for each in sizes if each.name == server.size), None)
        if size is None:
            facts = {**self._clients.facts, "size": server.size}
            raise explain(Failure("SkuNotAvailable", ""), "create the machine", facts)
        for quota in (size.family.lower(), REGION_CORES):
            if quota not in quotas:
                continue
            usage, limit, title = quotas[quota]
            if usage + size.cores > limit:
                raise PermanentError(
                    QUOTA_FULL.sentence.format(
                        region=self._clients.config.region,
                        quota=title,
                        usage=usage,
                        limit=limit,
                        required=size.cores,
                    ),
                    "QuotaExceeded",
                )

    async def _fetch(self) -> None:
        region = self._clients.config.region
        pages = self._clients.compute.resource_skus.list(filter=f"location eq '{region}'")
        found, without = [], set()
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
            if capabilities.get("TrustedLaunchDisabled") == "True":
                without.add(size.name)
        self._sizes = tuple(sorted(found, key=lambda size: size.name))
        self._without_trusted_launch = frozenset(without)
        self._fetched_at = time.monotonic()

    async def _quotas(self) -> dict[str, tuple[int, int, str]]:
        """Quota's name in lower case (sizes spell it another way at times) -> (in use, limit,
        title for people)."""
        quotas = {}
        with translated("read the quotas", self._clients.facts):
            async for usage in self._clients.compute.usage.list(self._clients.config.region):
                name = usage.name.value or ""
                title = usage.name.localized_value or name
                quotas[name.lower()] = (usage.current_value or 0, usage.limit or 0, title)
        return quotas


def _is_sold(sku: "ResourceSku") -> bool:
    """A restriction by zone still leaves the rest of the region."""
    return not any(restriction.type == "Location" for restriction in sku.restrictions or ())


def _runs_our_images(capabilities: dict[str, str]) -> bool:
    x86 = capabilities.get("CpuArchitectureType", "x64") == "x64"
    return x86 and "V2" in capabilities.get("HyperVGenerations", "V2")
