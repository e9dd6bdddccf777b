"""Which of the marketplace's images a region still offers."""

import asyncio
import logging
import time
from collections.abc import Sequence

from azure.core.exceptions import HttpResponseError
from typing_extensions import override

from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import failure_of, meaning_of, translated
from provisioning.adapters.azure.meanings import Kind
from provisioning.core.language import N_
from provisioning.core.ports.cloud import Images
from provisioning.core.retry import all_of

_FRESH_SECONDS = 3600.0
_ALL_AT_ONCE = 8

_log = logging.getLogger(__name__)


class AzureImages(Images):
    """Azure's answer for each image in each region, cached for an hour."""

    def __init__(self, clients: AzureClients) -> None:
        self._clients = clients
        self._seen: dict[tuple[str, str], tuple[bool, float]] = {}
        self._places = asyncio.Semaphore(_ALL_AT_ONCE)

    @override
    async def missing(self, images: Sequence[str], region: str) -> Sequence[str]:
        offered = await all_of(*(self._is_offered(image, region) for image in images))
        return [image for image, there in zip(images, offered, strict=True) if not there]

    async def _is_offered(self, image: str, region: str) -> bool:
        there, at = self._seen.get((region, image), (True, -_FRESH_SECONDS))
        if time.monotonic() - at < _FRESH_SECONDS:
            return there
        async with self._places:
            facts = self._clients.facts_in(region)
            with translated(N_("look for the image {image}", image=image), facts):
                there = await self._ask(image, region)
        self._seen[region, image] = there, time.monotonic()
        return there

    async def _ask(self, image: str, region: str) -> bool:
        publisher, offer, sku = image.split(":")
        try:
            versions = await self._clients.compute.virtual_machine_images.list(
                region, publisher, offer, sku, top=1
            )
        except HttpResponseError as error:
            if error.status_code == 404 and _is_of_the_image(error):
                return False
            if error.status_code == 403:
                _log.info("no right to read whether %s is offered in %s; going on", image, region)
                return True
            raise
        return bool(versions)


def _is_of_the_image(error: HttpResponseError) -> bool:
    """Return whether a 404 says that the image, or a part of its name, is not offered."""
    return meaning_of(failure_of(error)).kind is Kind.PERMANENT
