"""The server of local Slack: the app's side, the people's side and the page."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.inspection import Inspection
from bot.sandbox.slack import people
from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.conversations import Conversations
from bot.sandbox.slack.delivery import DEADLINE_SECONDS, RETRY_SECONDS, Delivery
from bot.sandbox.slack.fault_kinds import SlackFaults
from bot.sandbox.slack.files import LARGEST, Files
from bot.sandbox.slack.http_delivery import HttpTransport
from bot.sandbox.slack.interactions import Interactions
from bot.sandbox.slack.manifest import COMMANDS
from bot.sandbox.slack.members import Members
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.sandbox_api import SandboxApi, refusals
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.web_api import Arguments, WebApi
from bot.sandbox.traffic import Traffic

PAGE = Path(__file__).parent / "page"
_SHUTDOWN_SECONDS = 1.0
_BACKLOG = 1024  # 500 people may type at once


class LocalSlack:
    """A Slack workspace with one app, on loopback.

    The app connects by Socket Mode, or receives requests at `request_url` if that is set.
    `retry_seconds` are the waits before an unacknowledged event is sent again. Within
    `deadline_seconds` the app must acknowledge a delivery and open a modal.
    """

    def __init__(
        self,
        folder: Path,
        *,
        request_url: str | None = None,
        commands: Sequence[dict[str, str]] = COMMANDS,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.url = ""
        self.faults = SlackFaults()
        self.workspace = Workspace(folder)
        self.traffic = Traffic(lambda: self.workspace.streams.tell(None, "traffic"))
        self.sockets = SocketMode(self.faults)
        self._http = HttpTransport(request_url, people.SIGNING_SECRET) if request_url else None
        transport = self._http or self.sockets
        self._delivery = Delivery(
            transport, self.faults, self.traffic, retry_seconds, deadline_seconds
        )
        triggers = Triggers(life_seconds=deadline_seconds)
        self._response_urls = ResponseUrls(self.workspace, self.faults, self.traffic)
        views = Views(self.workspace, triggers)
        self._files = Files(folder / "files", self.workspace)
        command = commands[0]["command"]
        interactions = Interactions(
            self.workspace, self._delivery, triggers, self._response_urls, views, command
        )
        self._people = SandboxApi(self.workspace, interactions, tuple(commands))
        self._api = WebApi(self.faults, self.traffic)
        self._api.methods = {
            "apps.connections.open": self._open_connection,
            **Chat(self.workspace).methods(),
            **Conversations(self.workspace).methods(),
            **self._files.methods(),
            **Members(self.workspace).methods(),
            **views.methods(),
        }
        self._runner: web.AppRunner | None = None

    @classmethod
    @asynccontextmanager
    async def running(
        cls, folder: Path, port: int = 0, **options: Any
    ) -> AsyncIterator["LocalSlack"]:
        """Serve on 127.0.0.1 until the block ends; port 0 takes a free port.

        The options are those of the class. Raise `OSError` if the port is taken.
        """
        server = cls(folder, **options)
        try:
            await server.start(port)
            yield server
        finally:
            await server.close()

    async def start(self, port: int) -> None:
        """Start to listen."""
        application = web.Application(client_max_size=LARGEST + 1024, middlewares=[refusals])
        application.on_response_prepare.append(_never_stale)
        router = application.router
        router.add_get("/", self._page)
        router.add_static("/page", PAGE)
        router.add_route("*", "/api/{method}", self._api.call)
        router.add_get("/link/", self.sockets.connect)
        router.add_post("/commands/{team}/{token}", self._response_urls.receive)
        router.add_post("/upload/v1/{file_id}", self._files.receive)
        router.add_get("/sandbox/files/{file_id}", self._files.show)
        self._people.add_routes(router)
        inspection = Inspection(
            self.faults,
            self.traffic,
            after_set=self._strike_sockets,
            more=lambda: {"connections": len(self.sockets)},
        )
        inspection.add_routes(router)
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=_BACKLOG).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop; messages and Home tabs are kept."""
        await self.sockets.close()
        await self._delivery.close()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.workspace.close()

    async def _strike_sockets(self) -> None:
        """Cut or disconnect the sockets, if a fault says so."""
        if self.faults.once("socket_cut"):
            self.sockets.cut()
        reason = self.faults.once("socket_disconnect")
        if reason:
            await self.sockets.disconnect(reason)

    def _open_connection(self, request: web.Request, _arguments: Arguments) -> dict[str, Any]:
        return {"url": self.sockets.open(str(request.url.origin()))}

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")


async def _never_stale(request: web.Request, response: web.StreamResponse) -> None:
    """Make browsers load a changed page again, without a build step or a version in its name."""
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"
