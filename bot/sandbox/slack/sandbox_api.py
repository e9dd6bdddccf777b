"""`/sandbox/*`: the people's side, for the page, scripts and tests.

Bodies are JSON; an error is a 4xx with `{"error": "..."}`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.delivery import DEADLINE_SECONDS
from bot.sandbox.slack.fields import BadValue
from bot.sandbox.slack.interactions import Interactions, NotThere
from bot.sandbox.slack.state import Message, Workspace

_SHOWN = tuple(
    ("channel ts text blocks ephemeral edits files user bot deleted thread_ts metadata").split()
)
_KEEP_ALIVE_SECONDS = 15.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SandboxApi:
    """The handlers of the people's side."""

    def __init__(
        self,
        workspace: Workspace,
        interactions: Interactions,
        commands: tuple[dict[str, str], ...],
    ) -> None:
        self._workspace = workspace
        self._interactions = interactions
        self._commands = commands

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add all paths."""
        router.add_get("/sandbox/people", self._people)
        router.add_post("/sandbox/people", self._change_person)
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

    def _active(self, user: Any) -> str:
        """Return the id of a person whose account is active. Raise 403 or 404."""
        person = _person(user)
        if person in self._workspace.deactivated:
            raise refusal(web.HTTPForbidden, "user_is_deactivated")
        return person

    async def _people(self, _request: web.Request) -> web.Response:
        return web.json_response(people.page_people() | {"commands": self._commands})

    async def _change_person(self, request: web.Request) -> web.Response:
        """Change a person with `{"user", "deleted": true | false, "groups": ["S_DATA"]}`.

        `deleted` deactivates or reactivates the account; `groups` are all user groups of the
        person. The app gets an event for each change. The change lasts until the process ends.
        """
        body = await json_body(request)
        user, deleted, groups = body.get("user"), body.get("deleted"), body.get("groups")
        if user not in people.PEOPLE:
            raise refusal(web.HTTPNotFound, "user_not_found")
        if deleted is None and groups is None:
            raise refusal(web.HTTPBadRequest, "neither deleted nor groups")
        if not isinstance(deleted, bool | None):
            raise refusal(web.HTTPBadRequest, "deleted is not true or false")
        if groups not in (None, [], [people.GROUP]):
            raise refusal(web.HTTPBadRequest, f"groups is not [] or [{people.GROUP}]")
        if deleted is not None:
            await self._interactions.deactivate(user, deleted)
        if groups is not None:
            await self._interactions.regroup(user, is_member=bool(groups))
        return web.json_response({})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        user = _person(request.query.get("user"))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        stream = self._workspace.streams.subscribe(user)
        try:
            while True:
                try:
                    kind = await asyncio.wait_for(stream.next(), _KEEP_ALIVE_SECONDS)
                    line = f"data: {json.dumps({'kind': kind})}\n\n"
                except TimeoutError:
                    line = ": still here\n\n"
                await response.write(line.encode())
        except ConnectionError:
            return response
        finally:
            self._workspace.streams.unsubscribe(user, stream)

    async def _messages(self, request: web.Request) -> web.Response:
        user = _person(request.query.get("user"))
        shown = [
            {name: message[name] for name in _SHOWN} | {"notified": _is_notified(message, user)}
            for message in self._workspace.visible(user)
        ]
        return web.json_response({"messages": shown})

    async def _say(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        user = _person(body.get("user"))
        channel = _channel(user, body.get("channel"))
        message = self._interactions.say(user, channel, str(body.get("text", "")))
        return web.json_response({"ts": message["ts"]})

    async def _command(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        user = self._active(body.get("user"))
        channel = _channel(user, body.get("channel"))
        text = str(body.get("text", ""))
        origin = str(request.url.origin())
        reply = await self._interactions.command(origin, user, channel, text)
        return web.json_response(reply.body())

    async def _action(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        user = self._active(body.get("user"))
        reply = await self._interactions.click(str(request.url.origin()), user, body)
        return web.json_response(reply.body())

    async def _view(self, request: web.Request) -> web.Response:
        user = _person(request.query.get("user"))
        return web.json_response({"view": self._workspace.open_view(user)})

    async def _submit(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        user, values = self._active(body.get("user")), body.get("values") or {}
        if not isinstance(values, dict):
            raise refusal(web.HTTPBadRequest, "values is not an object")
        return web.json_response(await self._interactions.submit(user, values))

    async def _close_view(self, request: web.Request) -> web.Response:
        await self._interactions.close_view(_person((await json_body(request)).get("user")))
        return web.json_response({})

    async def _home(self, request: web.Request) -> web.Response:
        """Return the Home tab; the first request counts as a visit of the person."""
        user = _person(request.query.get("user"))
        if user not in self._workspace.homes:
            await self._first_visit(user)
        return web.json_response({"view": self._workspace.homes.get(user)})

    async def _first_visit(self, user: str) -> None:
        stream = self._workspace.streams.subscribe(user)
        try:
            await self._interactions.visit_home(user)
            with suppress(TimeoutError):
                async with asyncio.timeout(DEADLINE_SECONDS):
                    while user not in self._workspace.homes:
                        await stream.next()
        finally:
            self._workspace.streams.unsubscribe(user, stream)

    async def _visit_home(self, request: web.Request) -> web.Response:
        await self._interactions.visit_home(_person((await json_body(request)).get("user")))
        return web.json_response({})


async def json_body(request: web.Request) -> dict[str, Any]:
    """Return the request's JSON object. Raise 400."""
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise refusal(web.HTTPBadRequest, "not JSON") from None
    if not isinstance(body, dict):
        raise refusal(web.HTTPBadRequest, "not an object")
    return body


def refusal(kind: type[web.HTTPClientError], error: str) -> web.HTTPClientError:
    """Return a 4xx in the form of the people's side."""
    return kind(text=json.dumps({"error": error}), content_type="application/json")


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn an action that people can't do into a 4xx."""
    try:
        return await handler(request)
    except NotThere as error:
        raise refusal(web.HTTPNotFound, str(error)) from None
    except BadValue as error:
        raise refusal(web.HTTPBadRequest, str(error)) from None


def _is_notified(message: Message, user: str) -> bool:
    """Return whether the message made a badge for the person when it was posted.

    As in Slack, an ephemeral message makes none. An edit changes nothing about it.
    """
    return not message["ephemeral"] and message["user"] != user


def _person(user: Any) -> str:
    if not isinstance(user, str) or user not in people.PEOPLE:
        raise refusal(web.HTTPNotFound, "user_not_found")
    return user


def _channel(user: str, channel: Any) -> str:
    if user not in people.members(str(channel)):
        raise refusal(web.HTTPNotFound, "channel_not_found")
    return str(channel)
