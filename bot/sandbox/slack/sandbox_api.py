"""`/sandbox/*`: the people's side, for the page, scripts and tests. JSON in and out; an error
is a 4xx with `{"error": "..."}`."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.delivery import DEADLINE_SECONDS
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.interactions import Interactions, NotThere
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.traffic import Traffic

_SHOWN = (
    "channel", "ts", "text", "blocks", "ephemeral", "edits", "files", "user", "bot", "deleted",
    "thread_ts", "metadata",
)  # fmt: skip
_KEEP_ALIVE_SECONDS = 15.0


class SandboxApi:
    """The handlers."""

    def __init__(
        self,
        workspace: Workspace,
        interactions: Interactions,
        faults: Faults,
        traffic: Traffic,
        sockets: SocketMode,
    ) -> None:
        self._workspace = workspace
        self._interactions = interactions
        self._faults = faults
        self._traffic = traffic
        self._sockets = sockets

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """All of them."""
        router.add_get("/sandbox/people", self._people)
        router.add_get("/sandbox/stream", self._stream)
        router.add_get("/sandbox/messages", self._messages)
        router.add_post("/sandbox/messages", self._say)
        router.add_post("/sandbox/commands", self._command)
        router.add_post("/sandbox/actions", self._action)
        router.add_get("/sandbox/view", self._view)
        router.add_post("/sandbox/view", self._submit)
        router.add_post("/sandbox/view/close", self._close_view)
        router.add_get("/sandbox/home", self._home)
        router.add_post("/sandbox/home", self._visit_home)
        router.add_get("/sandbox/faults", self._get_faults)
        router.add_post("/sandbox/faults", self._set_faults)
        router.add_delete("/sandbox/faults", self._clear_faults)
        router.add_get("/sandbox/traffic", self._get_traffic)

    async def _people(self, _request: web.Request) -> web.Response:
        return web.json_response(people.page_people())

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        user = _person(request.query.get("user"))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        queue = self._workspace.subscribe(user)
        try:
            while True:
                try:
                    kind = await asyncio.wait_for(queue.get(), _KEEP_ALIVE_SECONDS)
                    line = f"data: {json.dumps({'kind': kind})}\n\n"
                except TimeoutError:
                    line = ": still here\n\n"
                await response.write(line.encode())
        except (ConnectionError, asyncio.CancelledError):
            return response
        finally:
            self._workspace.unsubscribe(user, queue)

    async def _messages(self, request: web.Request) -> web.Response:
        user = _person(request.query.get("user"))
        shown = [
            {name: message[name] for name in _SHOWN} for message in self._workspace.visible(user)
        ]
        return web.json_response({"messages": shown})

    async def _say(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = _person(body.get("user"))
        channel = _channel(user, body.get("channel"))
        message = await self._interactions.say(user, channel, str(body.get("text", "")))
        return web.json_response({"ts": message["ts"]})

    async def _command(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = _person(body.get("user"))
        channel = _channel(user, body.get("channel"))
        text = str(body.get("text", ""))
        origin = str(request.url.origin())
        reply = await self._interactions.command(origin, user, channel, text)
        return web.json_response(reply.body())

    async def _action(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = _person(body.get("user"))
        try:
            reply = await self._interactions.click(str(request.url.origin()), user, body)
        except NotThere as error:
            raise _refusal(web.HTTPNotFound, str(error)) from None
        return web.json_response(reply.body())

    async def _view(self, request: web.Request) -> web.Response:
        user = _person(request.query.get("user"))
        return web.json_response({"view": self._workspace.open_view(user)})

    async def _submit(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user = _person(body.get("user"))
        try:
            answer = await self._interactions.submit(user, dict(body.get("values") or {}))
        except NotThere as error:
            raise _refusal(web.HTTPNotFound, str(error)) from None
        except KeyError as error:
            raise _refusal(web.HTTPBadRequest, str(error.args[0])) from None
        return web.json_response(answer)

    async def _close_view(self, request: web.Request) -> web.Response:
        await self._interactions.close_view(_person((await _body(request)).get("user")))
        return web.json_response({})

    async def _home(self, request: web.Request) -> web.Response:
        """The Home tab; the first look is a visit, so that scripts need no second call."""
        user = _person(request.query.get("user"))
        if user not in self._workspace.homes:
            await self._first_visit(user)
        return web.json_response({"view": self._workspace.homes.get(user)})

    async def _first_visit(self, user: str) -> None:
        queue = self._workspace.subscribe(user)
        try:
            await self._interactions.visit_home(user)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DEADLINE_SECONDS):
                    while user not in self._workspace.homes:
                        await queue.get()
        finally:
            self._workspace.unsubscribe(user, queue)

    async def _visit_home(self, request: web.Request) -> web.Response:
        await self._interactions.visit_home(_person((await _body(request)).get("user")))
        return web.json_response({})

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": self._faults.active()})

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            self._faults.set(await _body(request))
        except (ValueError, TypeError) as error:
            raise _refusal(web.HTTPBadRequest, str(error)) from None
        if self._faults.value("socket_cut"):
            self._sockets.cut()
        return await self._get_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return await self._get_faults(request)

    async def _get_traffic(self, request: web.Request) -> web.Response:
        query = request.query
        page = self._traffic.page(int(query.get("after", "0")), int(query.get("limit", "5000")))
        return web.json_response(page | {"connections": len(self._sockets)})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise _refusal(web.HTTPBadRequest, "not JSON") from None
    if not isinstance(body, dict):
        raise _refusal(web.HTTPBadRequest, "not an object")
    return body


def _person(user: Any) -> str:
    if user not in people.PEOPLE:
        raise _refusal(web.HTTPNotFound, "user_not_found")
    return str(user)


def _channel(user: str, channel: Any) -> str:
    if user not in people.members(str(channel)):
        raise _refusal(web.HTTPNotFound, "channel_not_found")
    return str(channel)


def _refusal(kind: type[web.HTTPClientError], error: str) -> web.HTTPClientError:
    return kind(text=json.dumps({"error": error}), content_type="application/json")
