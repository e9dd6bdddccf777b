"""response_url: 5 uses in 30 minutes, then 404."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack import people
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.limits import check_message
from bot.sandbox.slack.state import Message, Workspace

USES = 5
LIFE_SECONDS = 30 * 60.0
_KEPT = 20_000


@dataclass
class _Url:
    user: str
    channel: str
    source: Message | None
    born: float
    uses: int = 0


class ResponseUrls:
    """All that were handed out lately."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._urls: dict[str, _Url] = {}

    def new(self, origin: str, user: str, channel: str, source: Message | None = None) -> str:
        """An address for one command, or for a click on `source`."""
        token = secrets.token_urlsafe(24)
        self._urls[token] = _Url(user, channel, source, time.monotonic())
        if len(self._urls) > _KEPT:
            del self._urls[next(iter(self._urls))]
        return f"{origin}/commands/{people.TEAM}/{token}"

    def remember(self, address: str, message: Message) -> None:
        """The ephemeral answer that `replace_original` will replace."""
        url = self._urls.get(address.rsplit("/", 1)[-1])
        if url is not None and url.source is None:
            url.source = message

    async def receive(self, request: web.Request) -> web.Response:
        """A POST of the app."""
        url = self._urls.get(request.match_info["token"])
        if url is None or self._is_over(url):
            return web.Response(status=404, text="expired_url")
        try:
            body = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        refusal = (
            None
            if body.get("delete_original")
            else check_message(body.get("text", ""), body.get("blocks") or [])
        )
        if refusal is not None:
            return web.Response(status=400, text=refusal)
        url.uses += 1
        self._apply(url, body)
        return web.Response(text="ok")

    def _is_over(self, url: _Url) -> bool:
        if self._faults.value("response_url_expired"):
            return True
        return url.uses >= USES or time.monotonic() - url.born > LIFE_SECONDS

    def _apply(self, url: _Url, body: dict[str, Any]) -> None:
        source = url.source
        if body.get("delete_original"):
            if source is not None:
                self._workspace.delete(source)
            return
        content = {"text": body.get("text", ""), "blocks": body.get("blocks") or []}
        if body.get("replace_original") and source is not None:
            self._workspace.edit(source, **content)
            return
        is_public = body.get("response_type") == "in_channel"
        message = self._workspace.add(
            url.channel,
            user=people.BOT_USER,
            bot=True,
            ephemeral=not is_public,
            to=None if is_public else url.user,
            **content,
        )
        if source is None:
            url.source = message
