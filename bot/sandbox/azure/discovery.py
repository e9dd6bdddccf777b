"""What Azure's command line and older libraries ask first: endpoints, tenants, subscriptions."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.regions import REGIONS

NAMESPACES = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Authorization")


class Discovery:
    """The paths outside of a subscription; all but the endpoints need a token."""

    def __init__(self, azure: Azure, tenant: str, caller: Callable[[str | None], str]) -> None:
        self._azure, self._tenant, self._caller = azure, tenant, caller

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the paths. They come before those of a subscription."""
        router.add_get("/metadata/endpoints", self._endpoints)
        router.add_get("/subscriptions", self._subscriptions)
        router.add_get("/tenants", self._tenants)

    async def _endpoints(self, request: web.Request) -> web.Response:
        """Return the cloud's addresses, as `az cloud register` reads them."""
        origin = str(request.url.origin())
        return web.json_response(
            {
                "name": "LocalAzure",
                "portal": origin,
                "resourceManager": f"{origin}/",
                "graphAudience": f"{origin}/",
                "graph": f"{origin}/",
                "microsoftGraphResourceId": f"{origin}/",
                "authentication": {
                    "loginEndpoint": origin,
                    "audiences": [origin],
                    "tenant": self._tenant,
                    "identityProvider": "AAD",
                },
                "suffixes": {},
            }
        )

    async def _subscriptions(self, request: web.Request) -> web.Response:
        self._require_caller(request)
        return web.json_response({"value": [subscription_body(self._azure, self._tenant)]})

    async def _tenants(self, request: web.Request) -> web.Response:
        self._require_caller(request)
        tenant = {"id": f"/tenants/{self._tenant}", "tenantId": self._tenant}
        return web.json_response({"value": [tenant]})

    def _require_caller(self, request: web.Request) -> None:
        if not self._caller(request.headers.get("Authorization")):
            raise ArmError(
                "InvalidAuthenticationToken", "The access token is missing, invalid or expired."
            )


def subscription_body(azure: Azure, tenant: str = "") -> dict[str, Any]:
    """Return the subscription as Azure shows it."""
    return {
        "id": f"/subscriptions/{azure.subscription}",
        "subscriptionId": azure.subscription,
        "displayName": "Local Azure",
        "state": azure.state.subscription,
        **({"tenantId": tenant} if tenant else {}),
    }


async def locations(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the regions, as `az account list-locations` asks."""
    found = [
        {
            "id": f"/subscriptions/{azure.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": region.title,
            "regionalDisplayName": region.title,
            "metadata": {"regionType": "Physical"},
        }
        for name, region in REGIONS.items()
    ]
    return web.json_response({"value": found})


async def providers(azure: Azure, request: web.Request, match: dict[str, str]) -> web.Response:
    """List the providers with their registration."""
    found = [
        {
            "id": f"/subscriptions/{azure.subscription}/providers/{name}",
            "namespace": name,
            "registrationState": azure.state.providers.get(name.lower(), "NotRegistered"),
            "resourceTypes": [],
        }
        for name in NAMESPACES
    ]
    return web.json_response({"value": found})
