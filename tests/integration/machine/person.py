"""Somebody in JupyterLab: kernels and terminals by the messages that the page sends."""

import json
import uuid
from contextlib import asynccontextmanager, suppress

from .jupyter_server import Browser


class Person:
    """Over a browser that is signed in."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def kernel(self) -> str:
        return await self._browser.start_kernel()

    @asynccontextmanager
    async def channels(self, kernel: str):
        """The kernel's websocket, which a browser has open as long as its tab is."""
        socket = await self._browser.socket(f"/api/kernels/{kernel}/channels")
        try:
            yield socket
        finally:
            await socket.close()

    async def run(self, socket, code: str, *, until: str = "idle") -> None:
        """Run a cell, and wait until the kernel says `until` of it."""
        sent = uuid.uuid4().hex
        await socket.send_json({
            "header": {"msg_id": sent, "msg_type": "execute_request", "username": "ana",
                       "session": uuid.uuid4().hex, "version": "5.4"},
            "parent_header": {}, "metadata": {}, "channel": "shell",
            "content": {"code": code, "silent": False, "store_history": False},
        })  # fmt: skip
        async for message in socket:
            with suppress(ValueError, UnicodeDecodeError):
                said = json.loads(message.data)
                state = said["content"].get("execution_state")
                if said["parent_header"].get("msg_id") == sent and state == until:
                    return

    async def end_kernel(self, kernel: str) -> None:
        answer = await self._browser.request(
            "DELETE", f"/api/kernels/{kernel}", headers=self._browser.xsrf()
        )
        assert answer.status == 204

    @asynccontextmanager
    async def terminal(self):
        """A terminal (name, websocket), closed for good at the end."""
        made = await self._browser.request("POST", "/api/terminals", headers=self._browser.xsrf())
        name = (await made.json())["name"]
        try:
            yield name, await self._browser.socket(f"/terminals/websocket/{name}")
        finally:
            await self._browser.request(
                "DELETE", f"/api/terminals/{name}", headers=self._browser.xsrf()
            )

    async def open_terminal(self):
        """The websocket of a new terminal, which outlives it."""
        made = await self._browser.request("POST", "/api/terminals", headers=self._browser.xsrf())
        name = (await made.json())["name"]
        return await self._browser.socket(f"/terminals/websocket/{name}")

    async def type(self, socket, line: str) -> None:
        await socket.send_json(["stdin", f"{line}\r"])

    async def get(self, path: str):
        return await (await self._browser.get(path)).json()
