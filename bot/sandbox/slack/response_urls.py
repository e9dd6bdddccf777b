"""Addresses of response_url: 5 uses in 30 minutes, then 404.

A click's address belongs to the message that was clicked, which `replace_original` and
`delete_original` change. A command's address has no such message: in Slack too, `replace_original`
then posts a new one (slackapi/bolt-js#2287, slackapi/bolt-python#1268).
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.blocks import message_content
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fault_kinds import SlackFaults
from bot.sandbox.slack.state import Message, Workspace
from bot.sandbox.traffic import Exchange, Traffic, milliseconds_since

USES = 5
LIFE_SECONDS = 30 * 60.0
_KEPT = 20_000


@dataclass
class _Url:
    user: str
    channel: str
    original: Message | None
    born: float
    uses: int = 0


class ResponseUrls:
    """The latest addresses that have been given out."""

    def __init__(
        self,
        workspace: Workspace,
        faults: SlackFaults,
        traffic: Traffic,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspace = workspace
        self._faults = faults
        self._traffic = traffic
        self._clock = clock
        self._urls: dict[str, _Url] = {}

    def new(self, origin: str, user: str, channel: str, original: Message | None = None) -> str:
        """Return an address for one command, or for a click on `original`."""
        token = secrets.token_urlsafe(24)
        self._urls[token] = _Url(user, channel, original, self._clock())
        if len(self._urls) > _KEPT:
            del self._urls[next(iter(self._urls))]
        return f"{origin}/commands/{people.TEAM}/{token}"

    async def receive(self, request: web.Request) -> web.Response:
        """Handle a POST of the app."""
        started = time.monotonic()
        body = await _body(request)
        if self._faults.of_method("drop", "response_url") and request.transport is not None:
            request.transport.abort()
            raise ConnectionResetError
        status, text = self._answer(request.match_info["token"], body)
        exchange = Exchange(
            direction="in",
            method="response_url",
            status=status,
            ms=milliseconds_since(started),
            request=body,
            response=text,
            more={"kind": "response_url"},
        )
        self._traffic.record(exchange)
        return web.Response(status=status, text=text)

    def _answer(self, token: str, body: dict[str, Any] | None) -> tuple[int, str]:
        failing = self._faults.of_method("fail", "response_url")
        if failing is not None:
            return int(failing.get("status", 500)), str(failing.get("error", "internal_error"))
        url = self._urls.get(token)
        if url is None or self._is_over(url):
            return 404, "expired_url"
        if body is None:
            return 400, "invalid_payload"
        try:
            self._apply(url, body)
        except ApiError as error:
            return 400, error.error
        url.uses += 1
        return 200, "ok"

    def _is_over(self, url: _Url) -> bool:
        if self._faults.constant("response_url_expired"):
            return True
        return url.uses >= USES or self._clock() - url.born > LIFE_SECONDS

    def _apply(self, url: _Url, body: dict[str, Any]) -> None:
        original = url.original
        if body.get("delete_original"):
            if original is not None:
                self._workspace.delete(original)
            return
        content = message_content(body)
        if body.get("replace_original") and original is not None:
            self._workspace.edit(original, **content)
            return
        is_public = body.get("response_type") == "in_channel"
        self._workspace.add(
            url.channel,
            user=people.BOT_USER,
            bot=True,
            ephemeral=not is_public,
            to=None if is_public else url.user,
            thread_ts=body.get("thread_ts"),
            **content,
        )


async def _body(request: web.Request) -> dict[str, Any] | None:
    """Return the body: JSON, or JSON in the form field `payload`."""
    text = await request.text()
    if request.content_type == "application/x-www-form-urlencoded":
        text = str((await request.post()).get("payload", ""))
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
