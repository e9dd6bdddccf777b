"""Which of the marketplace's images a region still offers."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError
from typing_extensions import override

from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import failure_of, meaning_of, translated
from provisioning.adapters.azure.meanings import Kind
from provisioning.core.language import N_
from provisioning.core.ports.cloud import Images
from provisioning.core.retry import all_of

if TYPE_CHECKING:
    from azure.mgmt.compute.models import VirtualMachineImage

_FRESH_SECONDS = 3600.0
_ALL_AT_ONCE = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Offer:
    """What Azure says of an image in a region, and when it was asked."""

    there: bool = True
    trusted_launch: bool = True
    at: float = -_FRESH_SECONDS


class AzureImages(Images):
    """Azure's answer for each image in each region, cached for an hour."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._seen: dict[tuple[str, str], _Offer] = {}
        self._places = asyncio.Semaphore(_ALL_AT_ONCE)

    @override
    async def missing(self, images: Sequence[str], region: str) -> Sequence[str]:
        offers = await all_of(*(self._offer(image, region) for image in images))
        return [image for image, offer in zip(images, offers, strict=True) if not offer.there]

    async def allows_trusted_launch(self, image: str, region: str) -> bool:
        """Return whether a VM of this image can start with Trusted Launch.

        An image that the bot may not ask about counts as one that allows it.
        """
        return (await self._offer(image, region)).trusted_launch

    async def _offer(self, image: str, region: str) -> _Offer:
        offer = self._seen.get((region, image), _Offer())
        if time.monotonic() - offer.at < _FRESH_SECONDS:
            return offer
        async with self._places:
            facts = self._clients.facts_in(region)
            with translated(N_("look for the image {image}", image=image), facts):
                offer = await self._ask(image, region)
        self._seen[region, image] = offer
        return offer

    async def _ask(self, image: str, region: str) -> _Offer:
        """Ask for the newest version of the image, and for what that version supports."""
        operations, now = self._clients.compute.virtual_machine_images, time.monotonic()
        publisher, offer, sku = image.split(":")
        try:
            versions = await operations.list(
                region, publisher, offer, sku, top=1, orderby="name desc"
            )
            if not versions:
                return _Offer(there=False, at=now)
            newest = await operations.get(region, publisher, offer, sku, versions[0].name)
        except HttpResponseError as error:
            if error.status_code == 404 and _is_of_the_image(error):
                return _Offer(there=False, at=now)
            if error.status_code == 403:
                _log.info("no right to read whether %s is offered in %s; going on", image, region)
                return _Offer(at=now)
            raise
        ending = newest.image_deprecation_status
        return _Offer(
            there=ending is None or ending.image_state != "Deprecated",
            trusted_launch=_supports_trusted_launch(newest),
            at=now,
        )


def _supports_trusted_launch(version: "VirtualMachineImage") -> bool:
    """Return whether an image of generation 2 names Trusted Launch among its features."""
    security = [each.value or "" for each in version.features or () if each.name == "SecurityType"]
    return version.hyper_v_generation == "V2" and any("TrustedLaunch" in each for each in security)


def _is_of_the_image(error: HttpResponseError) -> bool:
    """Return whether a 404 says that the image, or a part of its name, is not offered."""
    return meaning_of(failure_of(error)).kind is Kind.PERMANENT
