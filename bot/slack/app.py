"""The bolt app with its listeners, over one shared session.

`bot.slack.receivers` receives the events.
"""

import logging
import re
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.settings import SlackSettings
from bot.slack.errors import FAILURES, FATAL, error_code
from handlers.kit.blocks import escape_message
from handlers.kit.failures import failure_sentence
from handlers.listeners.slash import other_command
from handlers.listeners.wire import Listeners
from provisioning.core.errors import NotYet, UserError
from provisioning.core.language import speaking
from provisioning.core.retry import patiently

_RATE_LIMIT_RETRIES = 3
_API_TIMEOUT_SECONDS = 20
_REACH_SECONDS = 15.0
_EVERYTHING = re.compile("")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Identity:
    """The bot user of the token, from `auth.test`."""

    team_id: str
    bot_id: str
    user_id: str


def build_client(settings: SlackSettings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return a client over the shared session; a session for each request is 30 times slower.

    The client waits out a rate limit; a client of `without_patience` does not.
    """
    return AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.api_url,
        session=session,
        timeout=_API_TIMEOUT_SECONDS,
        logger=_quiet_logger("slack_sdk"),
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=_RATE_LIMIT_RETRIES)],
    )


def without_patience(client: AsyncWebClient) -> AsyncWebClient:
    """Return a copy of the client without retries, for callers that retry by themselves."""
    return _copy(client, token=client.token, retry_handlers=[])


def _copy(client: AsyncWebClient, **changes: Any) -> AsyncWebClient:
    return AsyncWebClient(
        base_url=client.base_url,
        session=client.session,
        timeout=client.timeout,
        logger=_quiet_logger("slack_sdk"),
        **{"retry_handlers": client.retry_handlers} | changes,
    )


def _quiet_logger(name: str) -> logging.Logger:
    """Return the library's logger, at INFO or above.

    At DEBUG the SDK logs whole messages, one-time passwords included, and bolt's loggers take the
    root's level.
    """
    logger = logging.getLogger(name)
    logger.setLevel(max(logger.level, logging.INFO))
    return logger


async def identify(client: AsyncWebClient) -> Identity:
    """Return the bot's identity, as Slack knows it.

    Waits a while for a Slack that does not answer: one lost connection is no outage.

    Raises:
        UserError: naming the setting to correct.
        NotYet: if Slack can't be reached for that time.
    """

    async def ask() -> Identity:
        try:
            answer = await client.auth_test()
        except FAILURES as error:
            code = error_code(error)
            if code in FATAL:
                raise _token_refused(code) from None
            log.warning("Slack does not answer", error=code)
            raise NotYet(code, retry_in=_REACH_SECONDS) from None
        return Identity(answer["team_id"], answer["bot_id"], answer["user_id"])

    try:
        return await patiently(ask, _REACH_SECONDS, first_pause=0.5)
    except NotYet as not_yet:
        raise NotYet(
            f"Slack can't be reached ({not_yet.reason}). Check the network and "
            "NOTEBOOK_BOT_SLACK__API_URL."
        ) from None


def _token_refused(code: str) -> UserError:
    return UserError(
        f"Slack refuses the bot's token ({code}). Set NOTEBOOK_BOT_SLACK__BOT_TOKEN to "
        'the xoxb-... token under "OAuth & Permissions" of the Slack app, and install '
        "the app into the workspace if it isn't."
    )


def build_app(
    settings: SlackSettings, client: AsyncWebClient, identity: Identity, listeners: Listeners
) -> AsyncApp:
    """Return the app with all listeners.

    The app knows its identity, so that no command waits for `auth.test`.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_id=identity.bot_id,
            bot_user_id=identity.user_id,
            bot_token=client.token,
        )

    app = AsyncApp(
        name="notebook-bot",
        logger=_quiet_logger("slack_bolt"),
        client=_copy(client, token=None),  # bolt takes a token from a client or from authorize
        authorize=authorize,
        signing_secret=settings.signing_secret.get_secret_value() or "unused-in-socket-mode",
    )
    app.command(settings.command)(listeners.slash.__call__)
    for action_id in listeners.buttons:
        app.action(action_id)(listeners.clicks.__call__)
    for callback_id, submitted in listeners.forms.items():
        app.view(callback_id)(submitted)
    for action_id, changed in listeners.fields.items():
        app.action(action_id)(changed)
    app.event("app_home_opened")(listeners.home.__call__)
    app.event("message")(listeners.talk.__call__)
    app.event("user_change")(listeners.departures.user_changed)
    for group_event in ("subteam_members_changed", "subteam_updated"):
        app.event(group_event)(listeners.departures.group_changed)
    _acknowledge_the_rest(app, settings, listeners)
    app.error(_explain_error)
    return app


def _acknowledge_the_rest(app: AsyncApp, settings: SlackSettings, listeners: Listeners) -> None:
    """Acknowledge requests without a listener of their own; otherwise Slack shows an error."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async def point_to_command(ack: AsyncAck, command: dict[str, Any]) -> None:
        with speaking(listeners.languages.known(command["user_id"])):
            await ack(response_type="ephemeral", text=other_command(settings.command))

    # Bolt looks for a further listener if the first acknowledges late, so the bot's own command is
    # left out: its person would be told that the command is another one's.
    app.command(re.compile(rf"^(?!{re.escape(settings.command)}$)"))(point_to_command)
    # Buttons that open a URL, and buttons in the messages of older versions.
    app.action(_EVERYTHING)(acknowledge)
    app.view(_EVERYTHING)(acknowledge)
    app.shortcut(_EVERYTHING)(acknowledge)
    app.event(_EVERYTHING)(acknowledge)


async def _explain_error(
    error: Exception, body: dict[str, Any], response: BoltResponse | None
) -> BoltResponse | None:
    """Answer a request whose listener failed.

    `response` is None if Slack has an answer already; Slack takes no second one.
    """
    text = escape_message(failure_sentence(error, kind=str(body.get("type", "command"))))
    return None if response is None else BoltResponse(status=200, body=text)
