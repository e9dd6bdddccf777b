"""The receivers of Slack's events: Socket Mode (a WebSocket that the bot opens) and HTTP."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

import structlog
from aiohttp import WSMessage, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.contextvars import bound_contextvars
from typing_extensions import override

from bot.config.settings import SlackSettings
from bot.process.metrics import count_delivery
from bot.slack.errors import FATAL, error_code
from provisioning.core.errors import UserError

LARGEST_BODY = 1024 * 1024
"""Bytes of a request; a larger one is answered with 413."""
PING_SECONDS = 2.0
"""Seconds until the client notices a cut connection (10 by the SDK's default)."""

log = structlog.get_logger(__name__)


class Receiver(Protocol):
    """A source of Slack's events."""

    async def start(self) -> None:
        """Begin to receive. Return once events can arrive.

        Raises:
            UserError: naming the setting that is wrong.
        """
        ...

    async def until_refused(self) -> None:
        """Wait without end. Raise `UserError` when Slack no longer accepts the bot's token."""
        ...

    async def is_connected(self) -> bool:
        """Return whether Slack's events can arrive now."""
        ...

    async def close(self) -> None:
        """Stop receiving."""
        ...


class _SocketClient(SocketModeClient):
    """A client that gives up after a final refusal; the SDK's own loop retries without end."""

    def __init__(self, *, refused: Callable[[str], None], **options: Any) -> None:
        super().__init__(on_message_listeners=[self._notice_disabled_link], **options)
        self._refused = refused

    @override
    async def issue_new_wss_url(self) -> str:
        try:
            return await super().issue_new_wss_url()
        except SlackApiError as error:
            if error_code(error) in FATAL:
                self._end(error_code(error))
            raise

    async def _notice_disabled_link(self, message: WSMessage) -> None:
        if '"link_disabled"' in message.data:
            body = json.loads(message.data)
            if body.get("type") == "disconnect" and body.get("reason") == "link_disabled":
                self._end("link_disabled")

    def _end(self, code: str) -> None:
        self.closed = True  # ends the loops of the base class
        self._refused(code)


class _Connection(Protocol):
    """The typed part of the SDK's client, whose own methods have no annotations."""

    async def connect(self) -> None: ...

    async def close(self) -> None: ...

    async def is_connected(self) -> bool: ...


class SocketReceiver(Receiver):
    """Socket Mode: the bot connects out. Create the receiver inside the running event loop."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, settings: SlackSettings) -> None:
        self._app = app
        self._refusal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        socket = _SocketClient(
            refused=self._on_refused,
            app_token=settings.app_token.get_secret_value(),
            web_client=client,
            ping_interval=PING_SECONDS,
            logger=logging.getLogger("slack_bolt"),
        )
        socket.socket_mode_request_listeners.append(self._receive)
        self._socket: _Connection = socket

    @override
    async def start(self) -> None:
        # The client retries while Slack can't be reached.
        await self._socket.connect()
        if self._refusal.done():
            await self.until_refused()

    @override
    async def until_refused(self) -> None:
        code = await asyncio.shield(self._refusal)
        raise UserError(
            f"Slack refuses the app-level token ({code}). Set NOTEBOOK_BOT_SLACK__APP_TOKEN to "
            'the xapp-... token (scope connections:write) under "Basic Information" of the '
            "Slack app, and turn Socket Mode on there."
        )

    @override
    async def is_connected(self) -> bool:
        return await self._socket.is_connected()

    @override
    async def close(self) -> None:
        await self._socket.close()

    def _on_refused(self, code: str) -> None:
        if not self._refusal.done():
            self._refusal.set_result(code)

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.time()
        delivery = bound_contextvars(delivery=request.envelope_id)
        with delivery, count_delivery(request.type):
            answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, started)


class HttpReceiver(Receiver):
    """HTTP: Slack calls the bot, at one path for commands, clicks and events."""

    PATH = "/slack/events"

    def __init__(self, app: AsyncApp, settings: SlackSettings) -> None:
        self._app, self._settings = app, settings
        self._runner: web.AppRunner | None = None
        if not settings.signing_secret.get_secret_value():
            raise UserError(
                "Mode http needs the signing secret: set NOTEBOOK_BOT_SLACK__SIGNING_SECRET to "
                'the one under "Basic Information" of the Slack app.'
            )
        self._signatures = SignatureVerifier(settings.signing_secret.get_secret_value())

    @property
    def port(self) -> int:
        """The port in use, also where the settings ask for any free port (0)."""
        if self._runner is None or not self._runner.addresses:
            return self._settings.http_port
        return int(self._runner.addresses[0][1])

    @override
    async def start(self) -> None:
        server = web.Application(client_max_size=LARGEST_BODY)
        server.router.add_post(self.PATH, self._receive)
        server.router.add_get("/healthz", _healthy)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        host, port = self._settings.http_host, self._settings.http_port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise UserError(
                f"I can't listen on {host}:{port} ({error.strerror}). Stop the program that uses "
                "the port, or set NOTEBOOK_BOT_SLACK__HTTP_HOST and "
                "NOTEBOOK_BOT_SLACK__HTTP_PORT."
            ) from None

    @override
    async def until_refused(self) -> None:
        await asyncio.Event().wait()  # Slack calls the bot, so there is no refusal

    @override
    async def is_connected(self) -> bool:
        return self._runner is not None and bool(self._runner.addresses)

    @override
    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        """Answer a request of Slack's; of any other, neither parse nor log the body."""
        body = (await request.read()).decode(errors="replace")
        if not self._signatures.is_valid_request(body, dict(request.headers)):
            log.info("unsigned request refused", bytes=len(body))
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            delivery = await to_bolt_request(request)
        except ValueError as error:
            log.warning("request not read", error=type(error).__name__)
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        trigger = str(delivery.body.get("trigger_id") or uuid4())
        with bound_contextvars(delivery=trigger), count_delivery(_kind(delivery.body)):
            answer = await self._app.async_dispatch(delivery)
        return await to_aiohttp_response(answer)


def _kind(body: dict[str, Any]) -> str:
    """Return the kind of a delivery, named as in Socket Mode's envelopes."""
    if "command" in body:
        return "slash_commands"
    return "events_api" if "event" in body else "interactive"


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def build_receiver(app: AsyncApp, client: AsyncWebClient, settings: SlackSettings) -> Receiver:
    """Return the receiver that `settings.mode` asks for."""
    if settings.mode == "http":
        return HttpReceiver(app, settings)
    return SocketReceiver(app, client, settings)
