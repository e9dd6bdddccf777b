"""The check at start that the settings lead to a subscription in which the bot may work."""

import asyncio
import logging

from azure.core.exceptions import HttpResponseError
from typing_extensions import override

from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import AzureCapacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.errors import translated
from provisioning.adapters.azure.meanings import setting
from provisioning.adapters.azure.pacing import SHORT
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.ports.cloud import CloudAccount
from provisioning.core.retry import all_of

PROVIDERS = ("Microsoft.Compute", "Microsoft.Network")
REGISTRATION_SECONDS = 300.0

_log = logging.getLogger(__name__)


class AzureAccount(CloudAccount):
    """The subscription, with the identity of the settings."""

    def __init__(self, clients: AzureClients, capacity: AzureCapacity, installation: str) -> None:
        self._clients = clients
        self._capacity = capacity
        self._installation = installation

    @override
    async def check(self) -> None:
        await self._clients.load()
        with translated(N_("sign in"), self._clients.facts):
            await self._clients.credential.get_token(self._clients.scope)
        await self._ensure_group()
        await all_of(*(self._ensure_registered(provider) for provider in PROVIDERS))
        await all_of(*(self._require_sales(r) for r in self._clients.config.regions))

    @override
    async def close(self) -> None:
        await self._clients.close()

    async def _require_sales(self, region: str) -> None:
        """Require that the region exists and is open to the subscription.

        Azure lists no sizes otherwise.
        """
        if await self._capacity.sizes(region):
            return
        wrong = "region" if region == self._clients.config.region else "other_regions"
        raise PermanentError(
            N_("Azure sells no machines to the bot's subscription in `{region}`.", region=region),
            "RegionNotAvailable",
            N_(
                "Check {setting}; `az account list-locations -o table` lists the regions.",
                setting=setting(wrong),
            ),
        )

    async def _ensure_group(self) -> None:
        group = self._clients.config.resource_group
        with translated(N_("create the resource group"), self._clients.facts):
            try:
                await self._clients.resources.resource_groups.get(group)
                return
            except HttpResponseError as error:
                if error.error is None or error.error.code != "ResourceGroupNotFound":
                    raise
            tags = names.shared_tags(self._installation, self._clients.config)
            body = {"location": self._clients.config.region, "tags": tags}
            await self._clients.resources.resource_groups.create_or_update(group, body)

    async def _ensure_registered(self, namespace: str) -> None:
        """Register a provider: the SDK registers providers at some requests, but not at PUTs."""
        providers = self._clients.resources.providers
        deadline = asyncio.get_running_loop().time() + REGISTRATION_SECONDS
        pace = self._clients.pace(SHORT)
        operation = N_("register {namespace}", namespace=namespace)
        with translated(operation, self._clients.facts):
            try:
                provider = await providers.get(namespace)
            except HttpResponseError as error:
                if error.status_code != 403:
                    raise
                # Rights on the resource group alone don't allow this question. If a provider is
                # not registered, the first creation fails with that reason.
                _log.info("no right to read whether %s is registered; going on", namespace)
                return
            if provider.registration_state != "Registered":
                await providers.register(namespace)
            while provider.registration_state != "Registered":
                if asyncio.get_running_loop().time() > deadline:
                    raise NotYet(
                        N_(
                            "Azure is still registering {namespace} for the subscription",
                            namespace=namespace,
                        )
                    )
                await asyncio.sleep(pace.pause())
                provider = await providers.get(namespace)
