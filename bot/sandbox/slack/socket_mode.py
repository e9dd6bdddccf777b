"""Socket Mode: the apps' websockets, and each envelope to exactly one of them."""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack import people
from bot.sandbox.slack.delivery import NotDelivered
from bot.sandbox.slack.fault_kinds import SlackFaults

MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
PING_SECONDS = 30.0


class SocketMode:
    """The `Transport` over websockets, which take turns."""

    def __init__(self, faults: SlackFaults) -> None:
        self._faults = faults
        self._tickets: dict[str, float] = {}
        self._sockets: dict[web.WebSocketResponse, web.Request] = {}
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def open(self, origin: str) -> str:
        """Return an address for `apps.connections.open`, valid once and for a short time."""
        now = time.monotonic()
        self._tickets = {each: until for each, until in self._tickets.items() if until > now}
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = now + TICKET_SECONDS
        return f"{origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={people.APP}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection of an app until it closes."""
        if self._tickets.pop(request.query.get("ticket", ""), 0.0) < time.monotonic():
            return web.Response(status=401, text="invalid ticket")
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        if len(self._sockets) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        hello = {
            "type": "hello",
            "num_connections": len(self._sockets) + 1,
            "connection_info": {"app_id": people.APP},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 3600},
        }
        await socket.send_json(hello)
        self._sockets[socket] = request
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(message.data)
        finally:
            self._sockets.pop(socket, None)
        return socket

    def _acknowledge(self, text: str) -> None:
        try:
            answer = json.loads(text)
            waiting = self._waiting.pop(answer["envelope_id"])
        except (ValueError, LookupError, TypeError):
            return  # no acknowledgement, or one of an unknown envelope
        if not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def send(
        self, kind: str, payload: dict[str, Any], retry: int = 0, reason: str = ""
    ) -> dict[str, Any]:
        """Deliver by the next connection, and return the payload of the acknowledgement.

        Raise `NotDelivered` if no app is connected.
        """
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = future
        try:
            await self._to_one(envelope)
            return await future
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    async def _to_one(self, envelope: dict[str, Any]) -> None:
        if not self._sockets:
            raise NotDelivered
        if self._faults.is_deaf():
            return
        sockets = list(self._sockets)
        self._turn += 1
        for number in range(len(sockets)):
            with suppress(ConnectionError):  # it is closing: try the next one
                await sockets[(self._turn + number) % len(sockets)].send_json(envelope)
                return
        raise NotDelivered

    def cut(self) -> None:
        """Abort all connections without a goodbye."""
        for request in self._sockets.values():
            if request.transport is not None:
                request.transport.abort()

    async def disconnect(self, reason: str) -> None:
        """Announce the end of each connection as Slack does.

        refresh_requested and warning ask the app for a new connection; link_disabled means that
        Socket Mode has been turned off.
        """
        leaving, self._sockets = self._sockets, {}
        for socket in leaving:
            with suppress(ConnectionError):
                await socket.send_json(
                    {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
                )

    async def close(self) -> None:
        """Close all connections, as when Slack's host goes away."""
        for socket in list(self._sockets):
            await socket.close()
