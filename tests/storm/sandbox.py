"""What people and the storm do with the two local servers, which may be dead at any moment."""

import asyncio
import json
import re
import ssl
from typing import Any

import aiohttp

from bot.sandbox.demo import DemoConfig

Json = dict[str, Any]
_BROKEN = (OSError, aiohttp.ClientError, TimeoutError, ValueError)
_SECONDS = aiohttp.ClientTimeout(total=20)


class Sandbox:
    """Both servers by HTTP; an answer is None where there was none."""

    def __init__(self, config: DemoConfig) -> None:
        self._config = config
        self._session = aiohttp.ClientSession(timeout=_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def slack(self, path: str, body: Json | None = None, method: str = "") -> Any:
        """Send a request to local Slack; GET without a body."""
        return await self._request(f"{self._config.slack_url}/sandbox/{path}", body, method)

    async def azure(self, path: str, body: Json | None = None, method: str = "") -> Any:
        """Send a request to local Azure; GET without a body."""
        return await self._request(f"{self._config.azure_url}/sandbox/{path}", body, method)

    async def _request(self, url: str, body: Json | None, method: str) -> Any:
        method = method or ("GET" if body is None else "POST")
        try:
            tls: ssl.SSLContext | bool = True
            if url.startswith("https"):
                tls = ssl.create_default_context(cafile=self._config.ca_file)
            async with self._session.request(method, url, json=body, ssl=tls) as answer:
                return await answer.json(content_type=None)
        except _BROKEN:
            return None

    async def type(self, user: str, text: str) -> str | None:
        """Type a command; return the whole answer as text, None if there was none."""
        body = {"user": user, "channel": "C_GENERAL", "text": f"/notebook {text}"}
        answer = await self.slack("commands", body)
        if not answer or answer.get("error") is not None or answer.get("ack") is None:
            return None
        ack = answer["ack"]
        said = ack.get("text", "") if isinstance(ack, dict) else ""
        return f"{said}\n{json.dumps(ack, ensure_ascii=False)}"

    async def messages(self, user: str) -> list[Json]:
        """Return all that a person sees, oldest first; nothing while Slack is dead."""
        return ((await self.slack(f"messages?user={user}")) or {}).get("messages", [])

    async def click(self, user: str, message: Json, action_id: str, value: str = "") -> bool:
        """Press a button."""
        body = {"user": user, "channel": message["channel"], "ts": message["ts"]}
        body |= {"action_id": action_id} | ({"value": value} if value else {})
        answer = await self.slack("actions", body)
        return bool(answer) and answer.get("error") is None

    async def state(self, user: str, name: str) -> tuple[str, str]:
        """Return the present name and state of a server that was called `name` at first.

        Both are empty if the list does not show it.
        """
        answer = await self.type(user, "list") or ""
        found = re.search(rf"\b({name}x*): (\w+)", answer)
        return (found[1], found[2]) if found else ("", "")

    async def delete(self, user: str, name: str, action_id: str, seconds: float = 15) -> bool:
        """Type `delete`, and press the button of the question."""
        before = {message["ts"] for message in await self.messages(user)}
        await self.type(user, f"delete {name}")
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            for message in reversed(await self.messages(user)):
                shown = json.dumps(message["blocks"])
                if message["ts"] not in before and f'"{action_id}"' in shown and name in shown:
                    return await self.click(user, message, action_id)
            await asyncio.sleep(0.2)
        return False

    async def resources(self) -> list[Json] | None:
        """Return the cloud's resources that belong to a server."""
        answer = await self.azure("resources")
        if not answer:
            return None
        return [each for each in answer["resources"] if "nb-server" in (each["tags"] or {})]

    async def clear(self) -> None:
        """End all faults; wait until both servers have said so."""
        for send, path, body, method in (
            (self.slack, "faults", None, "DELETE"),
            (self.azure, "faults", None, "DELETE"),
            (self.azure, "subscription", {"state": "Enabled"}, ""),
            (self.azure, "secret", {"expired": False}, ""),
        ):
            while await send(path, body, method) is None:
                await asyncio.sleep(0.2)
