"""What a region sells to the subscription, and how much quota is left."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.codes import QUOTA_FULL
from provisioning.adapters.azure.errors import AzureFailure, core_error, filled, translated
from provisioning.adapters.azure.reading import whole_page
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.cloud import Quota, Size
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Capacity
from provisioning.core.retry import all_of


@dataclass(frozen=True)
class Build:
    """What a size is made of.

    `controllers` are its disk controllers; `temporary_disk` says whether it has an additional local
    disk.
    """

    trusted_launch: bool
    controllers: frozenset[str]
    temporary_disk: bool

    @property
    def controller(self) -> str:
        """The controller of a machine that asks for none, as the bot's machines do."""
        return "SCSI" if "SCSI" in self.controllers else min(self.controllers)


def build_of(capabilities: Mapping[str, str]) -> Build:
    """Return the build of a size, from the capabilities in Azure's list."""
    controllers = capabilities.get("DiskControllerTypes", "SCSI").replace(" ", "").split(",")
    return Build(
        trusted_launch=capabilities.get("TrustedLaunchDisabled") != "True",
        controllers=frozenset(controllers),
        temporary_disk=int(capabilities.get("MaxResourceVolumeMB", "0")) > 0,
    )


def why_not(present: Build, wanted: Build) -> str:
    """Return why a machine can't be resized between the two builds; "" if it can."""
    if present.temporary_disk != wanted.temporary_disk:
        if wanted.temporary_disk:
            return N_("the new size has a local temporary disk and the present one has none")
        return N_("the present size has a local temporary disk and the new one has none")
    if present.trusted_launch and not wanted.trusted_launch:
        return N_("the machine was created with Trusted Launch, which the new size lacks")
    if present.controller not in wanted.controllers:
        return N_(
            "the machine's disks use {controller}, which the new size lacks",
            controller=present.controller,
        )
    return ""


if TYPE_CHECKING:
    from azure.mgmt.compute.models import ResourceSku

_FRESH_SECONDS = 3600.0
REGION_CORES = "cores"
"""Azure's name for the quota of all cores of a region."""
_ADDRESSES = ("standardskupublicipaddresses", "publicipaddresses")
"""Azure's names for the quota of addresses; the bot's are of the SKU Standard."""


@dataclass
class _OnSale:
    """What one region sells, and when Azure was asked."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    sizes: tuple[Size, ...] = ()
    builds: dict[str, Build] = field(default_factory=dict)
    fetched_at: float = -_FRESH_SECONDS


class AzureCapacity(Capacity):
    """Sizes (cached for an hour) and quotas (never cached) of each region."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._on_sale: defaultdict[str, _OnSale] = defaultdict(_OnSale)

    @override
    async def sizes(self, region: str) -> Sequence[Size]:
        """Return the sizes that can run a 64-bit x86 image of generation 2, by name."""
        here = self._on_sale[region]
        async with here.lock:
            if time.monotonic() - here.fetched_at >= _FRESH_SECONDS:
                facts = self._clients.facts_in(region)
                with translated(N_("list the sizes"), facts):
                    await self._fetch(region, here)
        return here.sizes

    async def allows_trusted_launch(self, size: str, region: str) -> bool:
        """Return whether a VM of this size can start with Trusted Launch; most can."""
        await self.sizes(region)
        build = self._on_sale[region].builds.get(size)
        return build is None or build.trusted_launch

    @override
    async def check_server(self, server: Server) -> None:
        sizes, quotas = await self._sizes_and_quotas(server.region)
        size = next((each for each in sizes if each.name == server.size), None)
        if size is None:
            facts = {**self._clients.facts_in(server.region), "size": server.size}
            raise core_error(AzureFailure("SkuNotAvailable", ""), N_("create the machine"), facts)
        full = _full_quota(size, quotas)
        if full is not None:
            raise _quota_refusal(server.region, full, size.cores)

    async def _sizes_and_quotas(self, region: str) -> tuple[Sequence[Size], Mapping[str, Quota]]:
        return await all_of(self.sizes(region), self._quotas(region))

    @override
    async def check_resize(self, server: Server, name: str) -> Size:
        sizes, quotas = await self._sizes_and_quotas(server.region)
        size = next((each for each in sizes if each.name == name), None)
        if size is None:
            facts = {**self._clients.facts_in(server.region), "size": name}
            raise core_error(AzureFailure("SkuNotAvailable", ""), N_("resize the machine"), facts)
        present = next((each for each in sizes if each.name == server.size), None)
        refusal = self._refusal(server.region, present, size, quotas)
        if refusal is not None:
            raise refusal
        return size

    @override
    async def resizable_to(self, server: Server) -> Sequence[Size]:
        sizes, quotas = await self._sizes_and_quotas(server.region)
        present = next((each for each in sizes if each.name == server.size), None)
        return [
            size
            for size in sizes
            if size.name != server.size
            and self._refusal(server.region, present, size, quotas) is None
        ]

    def _refusal(
        self, region: str, present: Size | None, size: Size, quotas: Mapping[str, Quota]
    ) -> PermanentError | None:
        """Return why a machine can't be resized; `present` is None for a size no longer sold."""
        if present is not None:
            builds = self._on_sale[region].builds
            reason = why_not(builds[present.name], builds[size.name])
            if reason:
                return PermanentError(
                    N_(
                        "A machine of the size {present} can't be resized to {wanted}: {reason}. "
                        "Choose another size, or create a new server of that size.",
                        present=present.name,
                        wanted=size.name,
                        reason=reason,
                    ),
                    "NotResizable",
                )
        full = _full_quota(size, quotas, present)
        if full is None:
            return None
        return _quota_refusal(region, full, size.cores)

    @override
    async def fitting_sizes(self, region: str) -> Sequence[Size]:
        sizes, quotas = await self._sizes_and_quotas(region)
        return [size for size in sizes if _full_quota(size, quotas) is None]

    async def _fetch(self, region: str, here: _OnSale) -> None:
        pages = self._clients.compute.resource_skus.list(
            filter=f"location eq '{region}'", raw_response_hook=whole_page
        )
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
        here.sizes = tuple(sorted(found, key=lambda size: size.name))
        here.builds = builds
        here.fetched_at = time.monotonic()

    @override
    async def quotas(self, region: str) -> Sequence[Quota]:
        return list((await self._quotas(region)).values())

    async def _quotas(self, region: str) -> dict[str, Quota]:
        """Return the quotas by name in lower case: sizes may spell the names differently."""
        quotas = {}
        with translated(N_("read the quotas"), self._clients.facts_in(region)):
            async for usage in self._clients.compute.usage.list(
                region, raw_response_hook=whole_page
            ):
                name = usage.name.value or ""
                title = usage.name.localized_value or name
                quotas[name.lower()] = Quota(
                    usage.current_value or 0, usage.limit or 0, title, name.lower()
                )
        return quotas

    @override
    async def address_quota(self, region: str) -> Quota | None:
        with translated(N_("read the quota of addresses"), self._clients.facts_in(region)):
            found = await self._clients.network.usages(region)
        return next((each for each in found if each.name in _ADDRESSES), None)


def _quota_refusal(region: str, full: Quota, required: int) -> PermanentError:
    words = {
        "region": region,
        "quota": full.title,
        "usage": full.usage,
        "limit": full.limit,
        "required": required,
    }
    return PermanentError(filled(QUOTA_FULL.sentence, words), "QuotaExceeded")


def _full_quota(size: Size, quotas: Mapping[str, Quota], held: Size | None = None) -> Quota | None:
    """Return the quota that has no room for the size, or None.

    `held` is the size that the new one replaces.
    """
    for name in (size.family.lower(), REGION_CORES):
        quota = quotas.get(name)
        freed = held.cores if held and name in (held.family.lower(), REGION_CORES) else 0
        if quota is not None and quota.usage + size.cores - freed > max(quota.limit, quota.usage):
            return quota
    return None


def _is_sold(sku: "ResourceSku") -> bool:
    """Return whether the region sells the size; a restriction by zone leaves other zones."""
    return not any(restriction.type == "Location" for restriction in sku.restrictions or ())


def _runs_our_images(capabilities: dict[str, str]) -> bool:
    x86 = capabilities.get("CpuArchitectureType", "x64") == "x64"
    return x86 and "V2" in capabilities.get("HyperVGenerations", "V2")
