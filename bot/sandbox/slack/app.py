"""The server: the app's side, the people's side and the page, wired."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.interactions import Interactions
from bot.sandbox.slack.modals import Modals
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.sandbox_api import SandboxApi
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.traffic import Traffic
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.web_api import Arguments, WebApi

PAGE = Path(__file__).parent / "page"
_LARGEST_BODY = 16 * 1024 * 1024
_SHUTDOWN_SECONDS = 1.0


class LocalSlack:
    """A Slack workspace with one app, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self.faults = Faults()
        self.traffic = Traffic()
        self.workspace = Workspace(folder)
        self.sockets = SocketMode(self.faults)
        self._delivery = Delivery(self.sockets, self.faults, self.traffic)
        triggers = Triggers()
        self._response_urls = ResponseUrls(self.workspace, self.faults)
        modals = Modals(self.workspace, triggers)
        interactions = Interactions(
            self.workspace, self._delivery, triggers, self._response_urls, modals
        )
        self._people = SandboxApi(
            self.workspace, interactions, self.faults, self.traffic, self.sockets
        )
        self._api = WebApi(self.faults, self.traffic)
        self._api.methods |= Chat(self.workspace).methods() | modals.methods()
        self._api.methods["apps.connections.open"] = self._open_connection
        self._runner: web.AppRunner | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, port: int = 0) -> AsyncIterator["LocalSlack"]:
        """Serve on 127.0.0.1 as long as the block runs; port 0 takes a free one."""
        server = cls(folder)
        await server.start(port)
        try:
            yield server
        finally:
            await server.close()

    async def start(self, port: int) -> None:
        """Listen."""
        application = web.Application(client_max_size=_LARGEST_BODY)
        router = application.router
        router.add_get("/", self._page)
        router.add_static("/page", PAGE)
        router.add_route("*", "/api/{method}", self._api.call)
        router.add_get("/link/", self.sockets.connect)
        router.add_post("/commands/{team}/{token}", self._response_urls.receive)
        self._people.add_routes(router)
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop; what people saw is kept."""
        await self.sockets.close()
        await self._delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.workspace.close()

    def _open_connection(self, request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {"url": self.sockets.open(str(request.url.origin()))}

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")
