"""Delivery over HTTP: signed requests to the app's request URL, as an app without Socket Mode
gets them."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.delivery import NotDelivered

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: str) -> str:
    """`X-Slack-Signature`: HMAC-SHA256 of `v0:{timestamp}:{body}`, in hexadecimal."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def encode(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """Content type and body: commands are a form, interactions JSON in a form, events JSON."""
    if kind == "slash_commands":
        return _FORM, urlencode(payload)
    if kind == "interactive":
        return _FORM, urlencode({"payload": json.dumps(payload)})
    return _JSON, json.dumps(payload)


class HttpTransport:
    """The `Transport` to one request URL. Its caller sets the deadline."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, kind: str, payload: dict[str, Any], retry: int = 0, reason: str = ""
    ) -> dict[str, Any]:
        """See `Transport.send`. Any answer but 200 is an app that failed; with the header
        X-Slack-No-Retry it wants no event again."""
        content_type, body = encode(kind, payload)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        try:
            async with self._sessions().post(
                self._url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                text = await answer.text()
                if answer.status != 200:
                    may_retry = answer.headers.get("X-Slack-No-Retry") != "1"
                    raise NotDelivered("http_error", may_retry=may_retry)
                return _acknowledgement(text)
        except aiohttp.ClientError:
            raise NotDelivered from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _sessions(self) -> aiohttp.ClientSession:
        if self._session is None:  # made inside the running loop; any number at once
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


def _acknowledgement(text: str) -> dict[str, Any]:
    """JSON as it is; plain text is a message."""
    if not text.strip():
        return {}
    try:
        answer = json.loads(text)
    except ValueError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"text": text}
