"""A server with the people's side of local Slack, for tests of the page without local Slack.

It serves the real page, keeps the page's posts in `posted`, and answers from plain attributes. A
test can set up any state of Slack, however rare, in one line.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

import bot.sandbox.slack

PAGE = Path(bot.sandbox.slack.__file__).parent / "page"
PEOPLE = [
    {"id": "U_ANA", "name": "Ana", "tz": "Europe/Madrid", "locale": "en-US", "is_admin": False},
    {"id": "U_BOB", "name": "Bob", "tz": "Asia/Seoul", "locale": "ko-KR", "is_admin": False},
    {"id": "U_EVE", "name": "Eve", "tz": "Europe/London", "locale": "en-GB", "is_admin": True},
    {"id": "U_MAL", "name": "Mal", "tz": "America/New_York", "locale": "en-US", "is_admin": False},
]
NOTEBOOK = {
    "command": "/notebook",
    "usage_hint": "create ubuntu [name] | list | status <name> | help",
    "description": "Get a notebook server of your own",
}


class PageServer:
    """The server's state; tests read and change it."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[dict[str, Any]] = []
        self.views: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.traffic: list[dict[str, Any]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.action_error: str | None = None
        self.view_errors: dict[str, str] | None = None
        self.down = False
        self._streams: set[asyncio.Queue[str | None]] = set()
        self._started = time.time() - 3600

    def post(self, channel: str = "D_ANA", user: str = "U_BOT", **fields: Any) -> str:
        """Add a message, one second after the last one, and return its ts."""
        last = float(self.messages[-1]["ts"]) if self.messages else self._started
        ts = f"{last + 1:.6f}"
        message = {
            "channel": channel,
            "ts": ts,
            "text": "",
            "blocks": [],
            "ephemeral": False,
            "edits": 0,
            "files": [],
            "user": user,
            "bot": user == "U_BOT",
            "deleted": False,
            "thread_ts": None,
        }
        self.messages.append(message | fields)
        self.changed("messages")
        return ts

    def open_view(self, view: dict[str, Any] | None, user: str = "U_ANA") -> None:
        """Show a modal, or close it."""
        if view is None:
            self.views.pop(user, None)
        else:
            self.views[user] = view
        self.changed("view")

    def changed(self, kind: str) -> None:
        """Tell every open page of a change."""
        for queue in self._streams:
            queue.put_nowait(json.dumps({"kind": kind}))

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Return the posts to /sandbox/<path>, in order."""
        return [body for posted, body in self.posted if posted == f"/sandbox/{path}"]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["PageServer"]:
        """Listen on a free port of the loopback."""
        app = web.Application(middlewares=[self._gate])
        app.add_routes(
            [
                web.get("/", self._index),
                web.static("/page", PAGE),
                web.get("/sandbox/stream", self._stream),
                web.get("/sandbox/files/{id}", self._file),
                web.get("/sandbox/{what}", self._get),
                web.post("/sandbox/{what:.+}", self._post),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            for queue in self._streams:
                queue.put_nowait(None)
            await runner.cleanup()

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.down and request.path.startswith("/sandbox/"):
            assert request.transport is not None
            request.transport.close()
        response: web.StreamResponse = await handler(request)
        return response

    async def _index(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._streams.add(queue)
        try:
            while (event := await queue.get()) is not None:
                await response.write(f"data: {event}\n\n".encode())
        except ConnectionResetError:
            pass
        finally:
            self._streams.discard(queue)
        return response

    async def _file(self, request: web.Request) -> web.Response:
        mimetype, content = self.files[request.match_info["id"]]
        return web.Response(body=content, content_type=mimetype)

    async def _get(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        after = int(request.query.get("after", 0))
        direct = [
            {"id": f"D_{p['name'].upper()}", "name": "", "is_im": True, "user": p["id"]}
            for p in PEOPLE
        ]
        general = {"id": "C_GENERAL", "name": "general", "is_im": False}
        seen = [m for m in self.messages if m["channel"] in ("C_GENERAL", f"D_{user[2:]}")]
        answers: dict[str, dict[str, Any]] = {
            "people": {
                "people": PEOPLE,
                "channels": [general, *direct],
                "commands": [NOTEBOOK],
            },
            "messages": {
                "messages": [m for m in seen if m.get("only_for", user) == user],
            },
            "view": {"view": self.views.get(user)},
            "home": {"view": self.homes.get(user)},
            "traffic": {
                "entries": [e for e in self.traffic if e["n"] > after],
                "next": max((e["n"] for e in self.traffic), default=0),
            },
        }
        return web.json_response(answers[request.match_info["what"]])

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posted.append((request.path, body))
        answer: dict[str, Any] = {"ack": {}, "ack_ms": 1.0, "error": None}
        match request.match_info["what"]:
            case "messages":
                self.post(body["channel"], body["user"], text=body["text"])
            case "actions":
                answer["error"] = self.action_error
            case "view":
                answer["errors"] = self.view_errors
                if self.view_errors is None:
                    self.open_view(None, body["user"])
            case "view/close":
                self.open_view(None, body["user"])
        return web.json_response(answer)
