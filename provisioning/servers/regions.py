"""The region of a new server: the requested one, or another one that has room now.

A server stays in its region, since Azure moves neither disks nor addresses.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from provisioning.core.model.policy import Policy
from provisioning.core.model.server import Server
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.store import OwnLimitStore
from provisioning.core.retry import all_of
from provisioning.limits.checks import limits_of
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.choices import choose_region

ANSWER_SECONDS = 30.0
"""Timeout for one region's answer about its available sizes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Regions:
    """The choice among the installation's regions."""

    cloud: Cloud
    limits: OwnLimitStore
    policy: Policy

    async def choose(self, member: str, wanted: str | None) -> str:
        """Return the wanted region, or the first one that the member's limits allow.

        Raises:
            UserError: if the wanted region is not one of the installation's.
        """
        if wanted is not None:
            return choose_region(wanted, self.policy.regions)
        allowed = await self._allowed(member)
        return allowed[0] if allowed else self.policy.region

    async def elsewhere(self, server: Server) -> Sequence[str]:
        """Return the other regions in which that server could be created now.

        The owner's limits allow them, they have its image and size, and their quotas have room.
        A region that does not answer is left out.
        """
        others = [each for each in await self._allowed(server.owner) if each != server.region]
        fits = await all_of(*(self._has_it(server, each) for each in others))
        return [each for each, fit in zip(others, fits, strict=True) if fit]

    async def selling(self, size: str, regions: Sequence[str]) -> Sequence[str]:
        """Return those of the regions that have room for the size now."""
        fits = await all_of(*(self._has_room(size, each) for each in regions))
        return [each for each, fit in zip(regions, fits, strict=True) if fit]

    async def _allowed(self, member: str) -> Sequence[str]:
        limits = await limits_of(self.limits, self.policy, member)
        return [each for each in self.policy.regions if limits.allow_region(each)]

    async def _has_it(self, server: Server, region: str) -> bool:
        image = get_platform(server.platform).release(server.release).image
        return await self._has_room(server.size, region, image)

    async def _has_room(self, size: str, region: str, image: str = "") -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                sizes = await self.cloud.capacity.fitting_sizes(region)
                gone = await self.cloud.images.missing([image], region) if image else ()
        except Exception as error:  # a region that does not answer is not offered
            log.warning("region did not say what is available", region=region, error=repr(error))
            return False
        return not gone and any(each.name == size for each in sizes)
