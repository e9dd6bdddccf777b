"""Socket Mode: websockets of apps, and each envelope to exactly one of them."""

import asyncio
import json
import secrets
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack import people
from bot.sandbox.slack.delivery import NotConnected
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Faults

MOST_CONNECTIONS = 10


class SocketMode:
    """The connections, in the order in which they take turns."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._tickets: set[str] = set()
        self._sockets: list[tuple[web.WebSocketResponse, web.Request]] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def open(self, origin: str) -> str:
        """`apps.connections.open`: an address that works once."""
        if len(self._sockets) >= MOST_CONNECTIONS:
            raise ApiError("too_many_websockets")
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={people.APP}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """One app's connection, until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        hello = {
            "type": "hello",
            "num_connections": len(self._sockets) + 1,
            "connection_info": {"app_id": people.APP},
        }
        await socket.send_json(hello)
        entry = (socket, request)
        self._sockets.append(entry)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(message.data)
        finally:
            if entry in self._sockets:
                self._sockets.remove(entry)
        return socket

    def _acknowledge(self, text: str) -> None:
        answer = json.loads(text)
        waiting = self._waiting.pop(answer.get("envelope_id", ""), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def send(self, kind: str, payload: dict[str, Any], retry: int = 0) -> dict[str, Any]:
        """See `Transport.send`."""
        if not self._sockets:
            raise NotConnected
        self._turn += 1
        socket, _ = self._sockets[self._turn % len(self._sockets)]
        envelope = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[str(envelope["envelope_id"])] = future
        if not self._faults.is_deaf():
            try:
                await socket.send_json(envelope)
            except ConnectionError:
                raise NotConnected from None
        try:
            return await future
        finally:
            self._waiting.pop(str(envelope["envelope_id"]), None)

    async def disconnect(self, reason: str) -> None:
        """Slack's own word before it closes: warning, refresh_requested, link_disabled."""
        for socket, _ in list(self._sockets):
            await socket.send_json({"type": "disconnect", "reason": reason})

    def cut(self) -> None:
        """Abort all connections without a goodbye."""
        for _, request in self._sockets:
            if request.transport is not None:
                request.transport.abort()

    async def close(self) -> None:
        """Ask the apps to come back later, and close."""
        for socket, _ in list(self._sockets):
            await socket.close()
