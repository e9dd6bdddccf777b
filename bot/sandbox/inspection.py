"""`/sandbox/faults` and `/sandbox/traffic` of a local server: what is to go wrong, and what
went over the wire. An error is a 400 with `{"error": "..."}`."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Faults
from bot.sandbox.traffic import LIMIT, Traffic


class Inspection:
    """The handlers of both paths.

    `after_set` carries out the faults that strike at once; `more` returns further fields for
    the page of traffic.
    """

    def __init__(
        self,
        faults: Faults[Any],
        traffic: Traffic,
        *,
        after_set: Callable[[], Awaitable[None]] | None = None,
        more: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        self._faults = faults
        self._traffic = traffic
        self._after_set = after_set
        self._more = more

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add both paths."""
        router.add_get("/sandbox/faults", self._get_faults)
        router.add_post("/sandbox/faults", self._set_faults)
        router.add_delete("/sandbox/faults", self._clear_faults)
        router.add_get("/sandbox/traffic", self._get_traffic)

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": self._faults.active()})

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text() or "{}")
            if not isinstance(body, dict):
                return _refusal("not an object")
            self._faults.set(body)
        except (ValueError, TypeError, AttributeError) as error:
            return _refusal(str(error))
        if self._after_set is not None:
            await self._after_set()
        return await self._get_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return await self._get_faults(request)

    async def _get_traffic(self, request: web.Request) -> web.Response:
        try:
            after = int(request.query.get("after", "0"))
            limit = int(request.query.get("limit", LIMIT))
        except ValueError:
            return _refusal("after and limit are numbers")
        return web.json_response(self._traffic.page(after, limit) | self._more())


def _refusal(error: str) -> web.Response:
    return web.json_response({"error": error}, status=400)
