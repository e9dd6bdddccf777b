"""People in a local Slack, and apps on the real slack_bolt that serve them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.app import LocalSlack

BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
SIGNING_SECRET = "sandbox-signing-secret"


class Refused(Exception):  # noqa: N818 - as the server: a refusal, not a failure
    """The people's side has answered with a 4xx."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status} {error}")
        self.status, self.error = status, error


class Sandbox:
    """`/sandbox/*` and the rest of a local Slack, over HTTP."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """Return the JSON of an answer. Raise `Refused`."""
        url = f"{self.url}/sandbox/{path}"
        async with self.session.request(method, url, **options) as answer:
            body = await answer.json()
            if answer.status != 200:
                raise Refused(answer.status, body["error"])
            return body

    async def faults(self, **faults: Any) -> None:
        """Set faults."""
        await self.call("POST", "faults", json=faults)

    async def traffic(self, **query: int) -> list[dict[str, Any]]:
        """Return the requests in both directions, oldest first."""
        return (await self.call("GET", "traffic", params=query))["entries"]


class Person:
    """One person at the page."""

    def __init__(self, sandbox: Sandbox, user: str) -> None:
        self.sandbox, self.id, self.dm = sandbox, user, f"D_{user[2:]}"

    async def _post(self, path: str, **body: Any) -> Any:
        return await self.sandbox.call("POST", path, json={"user": self.id} | body)

    async def _get(self, path: str) -> Any:
        return await self.sandbox.call("GET", path, params={"user": self.id})

    async def types(self, text: str, channel: str = "C_GENERAL") -> Any:
        """Type a slash command, and return {ack, ack_ms, error}."""
        return await self._post("commands", channel=channel, text=text)

    async def says(self, text: str, channel: str = "C_GENERAL") -> str:
        """Post a plain message, and return its ts."""
        return (await self._post("messages", channel=channel, text=text))["ts"]

    async def sees(self, channel: str | None = None) -> list[dict[str, Any]]:
        """Return all messages, or those of one channel, oldest first."""
        found = (await self._get("messages"))["messages"]
        return [each for each in found if channel in (None, each["channel"])]

    async def clicks(self, message: dict[str, Any], action_id: str, **more: Any) -> Any:
        """Press a button or pick an option of a message, and return {ack, ack_ms, error}."""
        where = {"channel": message["channel"], "ts": message["ts"]}
        return await self._post("actions", action_id=action_id, **where, **more)

    async def clicks_in(self, place: str, action_id: str, **more: Any) -> Any:
        """Press a button or pick an option in the `view` or in the `home`."""
        return await self._post("actions", action_id=action_id, **{place: True}, **more)

    async def modal(self) -> dict[str, Any] | None:
        """Return the modal on top."""
        return (await self._get("view"))["view"]

    async def submits(self, **values: Any) -> Any:
        """Submit the modal on top, and return {ack, ack_ms, error, errors}."""
        return await self._post("view", values=values)

    async def closes_modal(self) -> None:
        """Close the modal on top."""
        await self._post("view/close")

    async def home(self) -> dict[str, Any] | None:
        """Return the app's Home tab; the first call is a visit."""
        return (await self._get("home"))["view"]

    async def visits_home(self) -> None:
        """Open the Home tab."""
        await self._post("home")


def web_client(url: str, token: str | None = BOT_TOKEN) -> AsyncWebClient:
    """Return the SDK's client for local Slack."""
    return AsyncWebClient(token=token, base_url=f"{url}/api/")


def bolt_app(url: str) -> AsyncApp:
    """Return a bolt app for local Slack."""
    return AsyncApp(client=web_client(url), signing_secret=SIGNING_SECRET)


@asynccontextmanager
async def connected(slack: LocalSlack, app: AsyncApp) -> AsyncIterator[AsyncApp]:
    """Connect the app by one more connection of Socket Mode."""
    before = len(slack.sockets)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=app.client, ping_interval=2)
    await handler.connect_async()
    try:
        await until(lambda: len(slack.sockets) > before)
        yield app
    finally:
        with suppress(asyncio.CancelledError):
            await handler.close_async()


async def until(condition: Any, seconds: float = 60.0) -> Any:
    """Wait until the condition, a function or a coroutine function, is true; return its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.01)


def section(text: str = "Hello") -> dict[str, Any]:
    """Return a block with text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str = "stop", value: str | None = None, text: str = "Stop") -> dict[str, Any]:
    """Return a button."""
    made = {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}}
    return made | ({} if value is None else {"value": value})


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements), **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a modal that can be submitted."""
    title, submit = ({"type": "plain_text", "text": text} for text in ("Create", "Go"))
    return {"type": "modal", "title": title, "submit": submit, "blocks": list(blocks), **more}


def text_input(action_id: str = "name", **more: Any) -> dict[str, Any]:
    """Return an input block with one line of text; its block_id is its action_id."""
    return {
        "type": "input",
        "block_id": action_id,
        "label": {"type": "plain_text", "text": action_id},
        "element": {"type": "plain_text_input", "action_id": action_id, **more},
    }
