"""Proving at start that the settings lead to a subscription in which the bot may work."""

import asyncio
import logging

from azure.core.exceptions import HttpResponseError

from provisioning.adapters.azure import names
from provisioning.adapters.azure.capacity import Capacity
from provisioning.adapters.azure.client import AzureClients
from provisioning.adapters.azure.codes import setting
from provisioning.adapters.azure.errors import translated
from provisioning.core.errors import UserError
from provisioning.core.language import N_

PROVIDERS = ("Microsoft.Compute", "Microsoft.Network")
REGISTRATION_SECONDS = 300.0

_log = logging.getLogger(__name__)


async def check(clients: AzureClients, capacity: Capacity, installation: str) -> None:
    """See `Cloud.check`."""
    await clients.load()
    with translated(N_("sign in"), clients.facts, at_start=True):
        await clients.credential.get_token(clients.scope)
    await _ensure_group(clients, installation)
    await asyncio.gather(*(_ensure_registered(clients, provider) for provider in PROVIDERS))
    await asyncio.gather(*(_require_sales(clients, capacity, r) for r in clients.config.regions))


async def _require_sales(clients: AzureClients, capacity: Capacity, region: str) -> None:
    """Whether the region exists and is open to the subscription: Azure lists no sizes else."""
    if await capacity.sizes(region, at_start=True):
        return
    wrong = "region" if region == clients.config.region else "other_regions"
    raise UserError(
        f"Azure sells no machines to this subscription in `{region}`. Check {setting(wrong)}; "
        "`az account list-locations -o table` lists the regions."
    )


async def _ensure_group(clients: AzureClients, installation: str) -> None:
    group = clients.config.resource_group
    with translated(N_("make the resource group"), clients.facts, at_start=True):
        try:
            await clients.resources.resource_groups.get(group)
            return
        except HttpResponseError as error:
            if error.error is None or error.error.code != "ResourceGroupNotFound":
                raise
        tags = {names.TAG_INSTALLATION: installation}
        body = {"location": clients.config.region, "tags": tags}
        await clients.resources.resource_groups.create_or_update(group, body)


async def _ensure_registered(clients: AzureClients, namespace: str) -> None:
    """The SDK registers providers by itself at some requests, but not at PUTs."""
    providers = clients.resources.providers
    deadline = asyncio.get_running_loop().time() + REGISTRATION_SECONDS
    with translated(N_("register {namespace}", namespace=namespace), clients.facts, at_start=True):
        try:
            provider = await providers.get(namespace)
        except HttpResponseError as error:
            if error.status_code != 403:
                raise
            # With rights on the resource group alone this can't be seen. If it is missing,
            # the first creation says so.
            _log.info("may not read whether %s is registered; going on", namespace)
            return
        if provider.registration_state != "Registered":
            await providers.register(namespace)
        while provider.registration_state != "Registered":
            if asyncio.get_running_loop().time() > deadline:
                raise UserError(
                    f"Azure is still registering {namespace} for the subscription. Start the bot "
                    "again in some minutes."
                )
            await asyncio.sleep(clients.config.poll_seconds)
            provider = await providers.get(namespace)
