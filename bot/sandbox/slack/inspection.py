"""`/sandbox/faults` and `/sandbox/traffic`: what goes wrong, and what went over the wire."""

from aiohttp import web

from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.sandbox_api import json_body, refusal
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.traffic import LIMIT, Traffic


class Inspection:
    """The handlers."""

    def __init__(self, faults: Faults, traffic: Traffic, sockets: SocketMode) -> None:
        self._faults = faults
        self._traffic = traffic
        self._sockets = sockets

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All of them."""
        router.add_get("/sandbox/faults", self._get_faults)
        router.add_post("/sandbox/faults", self._set_faults)
        router.add_delete("/sandbox/faults", self._clear_faults)
        router.add_get("/sandbox/traffic", self._get_traffic)

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": self._faults.active()})

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            self._faults.set(await json_body(request))
        except ValueError as error:
            raise refusal(web.HTTPBadRequest, str(error)) from None
        if self._faults.once("socket_cut"):
            self._sockets.cut()
        reason = self._faults.once("socket_disconnect")
        if reason:
            await self._sockets.disconnect(reason)
        return await self._get_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return await self._get_faults(request)

    async def _get_traffic(self, request: web.Request) -> web.Response:
        """Entries and the number to go on from; `connections` is how many sockets are open."""
        try:
            after = int(request.query.get("after", "0"))
            limit = int(request.query.get("limit", LIMIT))
        except ValueError:
            raise refusal(web.HTTPBadRequest, "after and limit are numbers") from None
        page = self._traffic.page(after, limit)
        return web.json_response(page | {"connections": len(self._sockets)})
