"""A member in JupyterLab, who uses kernels and terminals by the messages that the page sends."""

import json
import uuid
from contextlib import asynccontextmanager, suppress

from .jupyter_server import Browser


class Person:
    """A member with a browser that is signed in."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def kernel(self) -> str:
        return await self._browser.start_kernel()

    @asynccontextmanager
    async def channels(self, kernel: str):
        """Open the kernel's websocket, which a browser keeps open as long as its tab."""
        socket = await self._browser.socket(f"/api/kernels/{kernel}/channels")
        try:
            yield socket
        finally:
            await socket.close()

    async def run(self, socket, code: str, *, until: str = "idle") -> None:
        """Run a cell, and wait until the kernel reports the state `until` for it."""
        sent, session = uuid.uuid4().hex, uuid.uuid4().hex
        header = {"msg_id": sent, "msg_type": "execute_request", "username": "ana"}
        request = {
            "header": {**header, "session": session, "version": "5.4"},
            "parent_header": {},
            "metadata": {},
            "channel": "shell",
            "content": {"code": code, "silent": False, "store_history": False},
        }
        await socket.send_json(request)
        async for message in socket:
            with suppress(ValueError, UnicodeDecodeError):
                reply = json.loads(message.data)
                state = reply["content"].get("execution_state")
                if reply["parent_header"].get("msg_id") == sent and state == until:
                    return

    async def end_kernel(self, kernel: str) -> None:
        answer = await self._browser.request(
            "DELETE", f"/api/kernels/{kernel}", headers=self._browser.xsrf()
        )
        assert answer.status == 204

    @asynccontextmanager
    async def terminal(self):
        """Open a terminal (name, websocket), and delete it at the end."""
        made = await self._browser.request("POST", "/api/terminals", headers=self._browser.xsrf())
        name = (await made.json())["name"]
        try:
            yield name, await self._browser.socket(f"/terminals/websocket/{name}")
        finally:
            await self._browser.request(
                "DELETE", f"/api/terminals/{name}", headers=self._browser.xsrf()
            )

    async def open_terminal(self):
        """Return the websocket of a new terminal; the terminal outlives its websocket."""
        made = await self._browser.request("POST", "/api/terminals", headers=self._browser.xsrf())
        name = (await made.json())["name"]
        return await self._browser.socket(f"/terminals/websocket/{name}")

    async def type(self, socket, line: str) -> None:
        await socket.send_json(["stdin", f"{line}\r"])

    async def get(self, path: str):
        return await (await self._browser.get(path)).json()
