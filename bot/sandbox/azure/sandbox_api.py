"""The sandbox's own paths of local Azure: what exists, and states that no client can set."""

from typing import Any

from aiohttp import web

from bot.sandbox.azure.compute import VM, instance_view
from bot.sandbox.azure.context import Azure
from bot.sandbox.azure.identity import Identity
from bot.sandbox.azure.images import IMAGE_STATES, IMAGES

CLIENT = "00000000-0000-0000-0000-00000000000b"
"""The client id of the bot's identity."""
SUBSCRIPTION_STATES = ("Enabled", "Warned", "PastDue", "Disabled")


class SandboxApi:
    """The paths `/sandbox/...` of one local Azure."""

    def __init__(self, azure: Azure, identity: Identity) -> None:
        self.azure, self.identity = azure, identity

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add all paths."""
        router.add_get("/sandbox/resources", self._get_resources)
        router.add_get("/sandbox/operations", self._get_operations)
        router.add_post("/sandbox/speed", self._set_speed)
        router.add_post("/sandbox/subscription", self._set_subscription)
        router.add_post("/sandbox/secret", self._set_secret)
        router.add_post("/sandbox/images", self._set_image)

    async def _get_resources(self, _request: web.Request) -> web.Response:
        return web.json_response({"resources": [self._shown(r) for r in self._all()]})

    def _all(self) -> list[dict[str, object]]:
        return list(self.azure.state.resources.values())

    def _shown(self, resource: dict[str, object]) -> dict[str, object]:
        names = ("id", "type", "name", "location", "tags")
        shown = {name: resource.get(name) for name in names}
        properties: Any = resource["properties"]
        shown["provisioningState"] = properties["provisioningState"]
        if resource["type"] == VM:
            codes = [s["code"] for s in instance_view(self.azure, resource)["statuses"]]
            power_codes = [code for code in codes if code.startswith("PowerState/")]
            shown["powerState"] = power_codes[0].split("/")[1] if power_codes else None
        return shown

    async def _get_operations(self, _request: web.Request) -> web.Response:
        names = ("id", "operation", "resource", "seconds", "scaled_seconds", "started", "ended")
        records = self.azure.state.operations.values()
        found = [{name: each[name] for name in (*names, "status")} for each in records]
        return web.json_response({"operations": found})

    async def _set_speed(self, request: web.Request) -> web.Response:
        speed = float((await request.json()).get("speed", 0))
        if speed <= 0:
            return web.json_response({"error": "speed must be above 0"}, status=400)
        self.azure.operations.change_speed(speed)
        return web.json_response({"speed": speed})

    async def _set_subscription(self, request: web.Request) -> web.Response:
        state = (await request.json()).get("state")
        if state not in SUBSCRIPTION_STATES:
            error = f"state is not one of {', '.join(SUBSCRIPTION_STATES)}"
            return web.json_response({"error": error}, status=400)
        self.azure.state.subscription = state
        self.azure.state.touch()
        return web.json_response({"state": state})

    async def _set_secret(self, request: web.Request) -> web.Response:
        """Let the bot's secret expire, or be valid again."""
        expired = (await request.json()).get("expired")
        if not isinstance(expired, bool):
            return web.json_response({"error": "expired is not true or false"}, status=400)
        self.identity.expired = {CLIENT} if expired else set()
        self.azure.state.is_secret_expired = expired
        self.azure.state.touch()
        return web.json_response({"expired": expired})

    async def _set_image(self, request: web.Request) -> web.Response:
        """Let an image be deprecated or deleted, or be active again."""
        body = await request.json()
        image, state = str(body.get("image", "")).lower(), body.get("state")
        if image not in IMAGES or state not in IMAGE_STATES:
            error = f"no such image, or state is not one of {', '.join(IMAGE_STATES)}"
            return web.json_response({"error": error}, status=400)
        self.azure.state.images[image] = state
        self.azure.state.touch()
        return web.json_response({"image": image, "state": state})
