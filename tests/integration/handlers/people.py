"""What people do and see in local Slack."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp

T = TypeVar("T")
DEADLINE_SECONDS = 60.0
"""A wait ends with its condition; only a failure takes this long, on a busy computer too."""


class SlackPeople:
    """The people of a local Slack at `url`."""

    def __init__(self, url: str, session: aiohttp.ClientSession, bot_token: str) -> None:
        self.url, self.session, self._bot_token = url, session, bot_token

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        async with self.session.request(method, f"{self.url}/sandbox/{path}", **options) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body

    async def type(self, text: str, user: str = "U_ANA", channel: str = "C_GENERAL") -> str:
        """Type a slash command; return the answer that Slack shows, as one string."""
        answer = await self.type_raw(text, user, channel)
        assert answer["error"] is None, answer
        return json.dumps(answer["ack"], ensure_ascii=False)

    async def type_raw(self, text: str, user: str = "U_ANA", channel: str = "C_GENERAL") -> Any:
        body = {"user": user, "channel": channel, "text": text}
        return await self._call("POST", "commands", json=body)

    async def messages(self, user: str = "U_ANA") -> list[dict[str, Any]]:
        found: list[dict[str, Any]]
        found = (await self._call("GET", "messages", params={"user": user}))["messages"]
        return found

    async def dms(self, user: str = "U_ANA") -> list[dict[str, Any]]:
        """Return the lasting messages of the person's DM with the bot, oldest first."""
        channel = f"D_{user[2:]}"
        found = await self.messages(user)
        return [each for each in found if each["channel"] == channel and not each["ephemeral"]]

    async def file(self, name: str, user: str = "U_ANA") -> tuple[dict[str, Any], bytes]:
        """Return the DM with the file of that name, and the file's bytes."""

        async def sent() -> tuple[dict[str, Any], dict[str, Any]] | None:
            for message in await self.dms(user):
                for file in message["files"]:
                    if file["name"] == name:
                        return message, file
            return None

        message, file = await until(sent)
        token = {"Authorization": f"Bearer {self._bot_token}"}
        async with self.session.get(file["url_private"], headers=token) as answer:
            return message, await answer.read()

    async def ephemerals(self, user: str = "U_ANA") -> list[dict[str, Any]]:
        return [each for each in await self.messages(user) if each["ephemeral"]]

    async def click(self, message: dict[str, Any], action_id: str, user: str = "U_ANA") -> Any:
        body = {"user": user, "channel": message["channel"], "ts": message["ts"]}
        return await self._call("POST", "actions", json=body | {"action_id": action_id})

    async def answer_to_click(
        self,
        message: dict[str, Any],
        action_id: str,
        user: str = "U_EVE",
        value: str | None = None,
    ) -> str:
        """Click, and return the answer that the person then reads."""
        before = len(await self.ephemerals(user))
        body = {"user": user, "channel": message["channel"], "ts": message["ts"]}
        body |= {"action_id": action_id} | ({"value": value} if value else {})
        await self._call("POST", "actions", json=body)

        async def new_answer() -> str | None:
            found = await self.ephemerals(user)
            is_new = len(found) > before or (found and found[-1]["edits"])
            return str(found[-1]["text"]) if is_new else None

        return await until(new_answer)

    async def change_person(self, user: str, **changes: Any) -> None:
        """Deactivate or reactivate an account, or change its user groups."""
        await self._call("POST", "people", json={"user": user, **changes})

    async def home(self, user: str = "U_ANA") -> Any:
        """Return the person's Home tab; the first call is a visit."""
        return (await self._call("GET", "home", params={"user": user}))["view"]

    async def visit_home(self, user: str = "U_ANA") -> None:
        await self._call("POST", "home", json={"user": user})

    async def click_home(self, action_id: str, value: str, user: str = "U_ANA") -> Any:
        body = {"user": user, "home": True, "action_id": action_id, "value": value}
        return await self._call("POST", "actions", json=body)

    async def modal(self, user: str = "U_ANA") -> Any:
        """Return the open form of the person, or None."""
        return (await self._call("GET", "view", params={"user": user}))["view"]

    async def choose(self, field: str, value: str, user: str = "U_ANA") -> Any:
        """Pick an option in the open form, which Slack reports to the bot at once."""
        body = {"user": user, "view": True, "action_id": f"form_{field}", "value": value}
        return await self._call("POST", "actions", json=body)

    async def submit(self, values: dict[str, Any], user: str = "U_ANA") -> Any:
        return await self._call("POST", "view", json={"user": user, "values": values})

    async def faults(self, **faults: Any) -> None:
        await self._call("POST", "faults", json=faults)

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the bot's calls of a Web API method so far."""
        entries = (await self._call("GET", "traffic"))["entries"]
        return [each for each in entries if (each["kind"], each["method"]) == ("api", method)]


async def until(
    condition: Callable[[], Awaitable[T | None]], seconds: float = DEADLINE_SECONDS
) -> T:
    """Wait until the (async) condition is truthy, and return its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = await condition()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.02)
