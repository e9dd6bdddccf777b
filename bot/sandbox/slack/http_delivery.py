"""Delivery over HTTP: signed requests to the app's request URL, without Socket Mode."""

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
    """Return `X-Slack-Signature`: HMAC-SHA256 of `v0:{timestamp}:{body}`, in hexadecimal."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def encode(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """Return content type and body: a form for commands, JSON in a form for interactions, JSON for
    events."""
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
        """Deliver one request, and return the payload of the app's answer.

        Any status but 200 means that the app has failed. With the header X-Slack-No-Retry the app
        wants no retry of an event. Raise `NotDelivered`.
        """
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
        if self._session is None:  # a session needs the running loop
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


def _acknowledgement(text: str) -> dict[str, Any]:
    """Return JSON as it is, and plain text as a message."""
    if not text.strip():
        return {}
    try:
        answer = json.loads(text)
    except ValueError:
        return {"text": text}
    return answer if isinstance(answer, dict) else {"text": text}
