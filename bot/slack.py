"""Slack's wire: the bolt app with its listeners, and the two ways in which events arrive."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SlackSettings
from bot.slack_errors import FAILURES, error_code
from handlers.actions import Clicks
from handlers.context import Context
from handlers.failures import explain
from handlers.home import Home
from handlers.slash import SlashCommand
from provisioning.errors import UserError

PING_SECONDS = 2.0
"""After a cut connection the client comes back in this time (10 s by default)."""

FATAL = frozenset(
    {"account_inactive", "invalid_auth", "link_disabled", "not_authed", "token_revoked"}
)
_RATE_LIMIT_RETRIES = 3
_API_TIMEOUT_SECONDS = 20

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Identity:
    """Who the bot's token is, from `auth.test`."""

    team_id: str
    bot_id: str
    user_id: str


def build_client(settings: SlackSettings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """One client over the shared session: a session a request costs a factor of 30."""
    return AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.api_url,
        session=session,
        timeout=_API_TIMEOUT_SECONDS,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=_RATE_LIMIT_RETRIES)],
    )


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack who we are.

    Raises:
        UserError: naming the setting to correct, or that Slack can't be reached.
    """
    try:
        answer = await client.auth_test()
    except FAILURES as error:
        code = error_code(error)
        if code in FATAL:
            raise UserError(
                f"Slack refuses the bot's token ({code}). Set NOTEBOOK_BOT_SLACK__BOT_TOKEN to "
                'the xoxb-... token under "OAuth & Permissions" of the Slack app, and install '
                "the app into the workspace if it isn't."
            ) from None
        raise UserError(
            f"Slack can't be reached ({code}). Check the network and "
            "NOTEBOOK_BOT_SLACK__API_URL, then start again."
        ) from None
    return Identity(answer["team_id"], answer["bot_id"], answer["user_id"])


def build_app(
    settings: SlackSettings, client: AsyncWebClient, identity: Identity, context: Context
) -> AsyncApp:
    """The app with all listeners; it knows its identity, so that no command waits for
    `auth.test`."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_id=identity.bot_id,
            bot_user_id=identity.user_id,
            bot_token=client.token,
        )

    app = AsyncApp(
        client=client,
        authorize=authorize,
        signing_secret=settings.signing_secret.get_secret_value() or "unused-in-socket-mode",
    )
    clicks = Clicks(context)
    app.command(settings.command)(SlashCommand(context).__call__)
    for action_id in clicks.listeners:
        app.action(action_id)(clicks.__call__)
    # Buttons that open an address, and those of older versions' messages.
    app.action(re.compile(""))(clicks.acknowledge)
    app.event("app_home_opened")(Home(context).__call__)
    app.error(_explain_error)
    return app


async def _explain_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """What slipped through a listener; the person still gets an answer."""
    return BoltResponse(status=200, body=explain(error, kind=str(body.get("type", "command"))))


class Receiver(Protocol):
    """How events arrive."""

    async def start(self) -> None:
        """Begin to receive; returns once events can arrive."""
        ...

    async def close(self) -> None:
        """Receive no more."""
        ...


class SocketReceiver:
    """Socket Mode: the bot connects out."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, settings: SlackSettings) -> None:
        self._handler = AsyncSocketModeHandler(
            app,
            settings.app_token.get_secret_value(),
            web_client=client,
            ping_interval=PING_SECONDS,
        )

    async def start(self) -> None:
        """Raises `UserError` if Slack refuses the app-level token."""
        try:
            await self._handler.connect_async()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            raise UserError(
                f"Slack refuses the app-level token ({error_code(error)}). Set "
                "NOTEBOOK_BOT_SLACK__APP_TOKEN to the xapp-... token (scope connections:write) "
                'under "Basic Information" of the Slack app, and turn Socket Mode on there.'
            ) from None

    async def close(self) -> None:
        """See `Receiver.close`."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]


class HttpReceiver:
    """Slack calls the bot: one path for commands, clicks and events."""

    PATH = "/slack/events"

    def __init__(self, app: AsyncApp, settings: SlackSettings) -> None:
        self._app, self._settings = app, settings
        self._runner: web.AppRunner | None = None
        if not settings.signing_secret.get_secret_value():
            raise UserError(
                "Mode http needs the signing secret: set NOTEBOOK_BOT_SLACK__SIGNING_SECRET to "
                'the one under "Basic Information" of the Slack app.'
            )

    async def start(self) -> None:
        """See `Receiver.start`."""
        server = web.Application()
        server.router.add_post(self.PATH, self._receive)
        server.router.add_get("/healthz", _healthy)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.http_host, self._settings.http_port).start()

    async def close(self) -> None:
        """See `Receiver.close`."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        headers: dict[str, Any] = {name: [value] for name, value in request.headers.items()}
        answer = await self._app.async_dispatch(
            AsyncBoltRequest(body=await request.text(), query=request.query_string, headers=headers)
        )
        return web.Response(
            status=answer.status,
            body=answer.body.encode(),
            headers={name: values[0] for name, values in answer.headers.items()},
        )


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


def build_receiver(app: AsyncApp, client: AsyncWebClient, settings: SlackSettings) -> Receiver:
    """As `settings.mode` says."""
    if settings.mode == "http":
        return HttpReceiver(app, settings)
    return SocketReceiver(app, client, settings)
