"""Have the running Jupyter server compute `1+1` in a new kernel, as a browser would.

Standard input is `{"url", "certificate", "token", "seconds"}`; prints `{"result": text}`. The
program uses REST and the kernel's websocket, and deletes the kernel at the end. The exit status is
75 (EX_TEMPFAIL of sysexits) if the server has not answered within the seconds. The environment's
Python runs this program.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import uuid
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    websocket_connect,
)

CODE = "1+1"
NOT_YET = 75
NAME = "notebook-bot-check"
"""Name of the kernel's session, by which Jupyter finds a session that an earlier attempt left."""
_NO_ANSWER = 599  # tornado's own status: connection closed, or timeout
QUIET = "?no_track_activity=1"


class Server:
    """The server at `url`, with the probe's token and the only trusted certificate."""

    def __init__(self, url: str, certificate: str, token: str, request_timeout: float) -> None:
        self._url = url.rstrip("/")
        self._request_timeout = request_timeout
        self._headers = {"Authorization": f"token {token}"}
        # Trust this certificate and no other, under any name and whichever authority signed it.
        self._ssl = ssl.create_default_context(cadata=certificate)
        self._ssl.check_hostname = False
        self._ssl.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the JSON answer, or None for an empty one."""
        answer = await AsyncHTTPClient().fetch(
            self._request(
                f"{self._url}{path}",
                method=method,
                body=None if body is None else json.dumps(body),
                headers={**self._headers, "Content-Type": "application/json"},
            )
        )
        return json.loads(answer.body) if answer.body else None

    async def connect(self, path: str) -> WebSocketClientConnection:
        """Open a websocket."""
        url = f"wss{self._url.removeprefix('https')}{path}"
        return await websocket_connect(self._request(url, headers=self._headers))

    def _request(self, url: str, **values: Any) -> HTTPRequest:
        limit = self._request_timeout
        return HTTPRequest(
            url, ssl_options=self._ssl, connect_timeout=limit, request_timeout=limit, **values
        )


async def wait_until_up(server: Server) -> None:
    """Wait until the server answers, which takes a while after its start."""
    while True:
        try:
            await server.call("GET", f"/api/status{QUIET}")
        except HTTPClientError as error:
            if error.code < 500:
                raise
        except OSError:
            pass
        else:
            return
        await asyncio.sleep(0.1)


async def compute(server: Server) -> str:
    """Start a kernel, have it compute, and delete it; return the result."""
    await wait_until_up(server)
    body = {"path": NAME, "name": NAME, "type": "console", "kernel": {"name": "python3"}}
    session = await server.call("POST", "/api/sessions", body)
    try:
        socket = await server.connect(f"/api/kernels/{session['kernel']['id']}/channels")
        try:
            return await execute(socket)
        finally:
            socket.close()
    finally:
        await server.call("DELETE", f"/api/sessions/{session['id']}")


async def execute(socket: WebSocketClientConnection) -> str:
    """Send the code in Jupyter's messaging protocol and return the result."""
    sent = uuid.uuid4().hex
    request = {
        "header": {
            "msg_id": sent,
            "msg_type": "execute_request",
            "username": "probe",
            "session": uuid.uuid4().hex,
            "version": "5.4",
        },
        "parent_header": {},
        "metadata": {},
        "content": {"code": CODE, "silent": False, "store_history": False},
        "channel": "shell",
    }
    await socket.write_message(json.dumps(request))
    while True:
        text = await socket.read_message()
        if text is None:
            raise ConnectionError("the server closed the kernel's connection")
        with contextlib.suppress(UnicodeDecodeError, ValueError):
            message = json.loads(text)
            if message.get("parent_header", {}).get("msg_id") != sent:
                continue
            if message["msg_type"] == "execute_result":
                return str(message["content"]["data"]["text/plain"])
            if message["msg_type"] == "error":
                raise RuntimeError(f"{message['content']['ename']}: {message['content']['evalue']}")


async def main() -> int:
    """Read the task, compute, and print the result; return the exit status."""
    task = json.load(sys.stdin)
    server = Server(task["url"], task["certificate"], task["token"], task["seconds"])
    try:
        result = await asyncio.wait_for(compute(server), task["seconds"])
    except (OSError, WebSocketClosedError) as error:  # TimeoutError is an OSError
        return not_yet(error)
    except HTTPClientError as error:
        if error.code != _NO_ANSWER:
            raise
        return not_yet(error)
    print(json.dumps({"result": result}))
    return 0


def not_yet(error: Exception) -> int:
    """Print the reason on standard error and return the exit status."""
    print(f"not yet: {error!r}", file=sys.stderr)
    return NOT_YET


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
