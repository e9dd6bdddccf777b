"""Delivery of commands, clicks and events to the app, with Slack's deadline and retries."""

import asyncio
import secrets
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.sandbox.slack import people
from bot.sandbox.slack.fault_kinds import SlackFaults
from bot.sandbox.traffic import Exchange, Traffic, milliseconds_since

DEADLINE_SECONDS = 3.0
RETRY_SECONDS = (0.0, 60.0, 300.0)
"""Seconds after which Slack sends an unacknowledged event again."""

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"


@dataclass(frozen=True)
class Reply:
    """The app's answer: the payload of its acknowledgement, or Slack's error."""

    ack: dict[str, Any] | None
    ms: float
    error: str | None = None
    reason: str = ""
    """The value of X-Slack-Retry-Reason when the event is sent again."""
    may_retry: bool = True

    def body(self) -> dict[str, Any]:
        """Return the answer as the people's side shows it."""
        return {"ack": self.ack, "ack_ms": round(self.ms, 1), "error": self.error}


class NotDelivered(Exception):  # noqa: N818 - it is Slack's dispatch_failed
    """No app has accepted the delivery. `may_retry` is False if the app asked for no retry."""

    def __init__(self, reason: str = "connection_failed", *, may_retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_retry = may_retry


class Transport(Protocol):
    """The way to the app: Socket Mode or HTTP."""

    async def send(
        self, kind: str, payload: dict[str, Any], retry: int = 0, reason: str = ""
    ) -> dict[str, Any]:
        """Deliver, wait for the acknowledgement, and return its payload; {} if it has none.

        `kind` is an envelope's type: slash_commands, interactive or events_api. `retry` counts the
        earlier attempts. The caller sets the deadline. Raise `NotDelivered`.
        """
        ...


class Delivery:
    """Deliveries with Slack's deadline, faults and retries."""

    def __init__(
        self,
        transport: Transport,
        faults: SlackFaults,
        traffic: Traffic,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._transport = transport
        self._faults = faults
        self._traffic = traffic
        self._retry_seconds = retry_seconds
        self._deadline_seconds = deadline_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Cancel all pending retries."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def request(
        self, kind: str, payload: dict[str, Any], retry: int = 0, reason: str = ""
    ) -> Reply:
        """Deliver once; an app that does not answer before the deadline has failed."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                ack = await self._send(kind, payload, retry, reason)
            reply = Reply(ack, milliseconds_since(started))
        except TimeoutError:
            reply = Reply(None, milliseconds_since(started), TIMEOUT, "http_timeout")
        except NotDelivered as error:
            reply = Reply(None, milliseconds_since(started), FAILED, error.reason, error.may_retry)
        self._record(kind, payload, reply)
        return reply

    async def _send(
        self, kind: str, payload: dict[str, Any], retry: int, reason: str
    ) -> dict[str, Any]:
        fault = self._faults.ack()
        if self._faults.take("duplicate_envelopes"):
            ack, _ = await asyncio.gather(
                self._transport.send(kind, payload, retry, reason),
                self._transport.send(kind, payload, retry, reason),
            )
        else:
            ack = await self._transport.send(kind, payload, retry, reason)
        if fault is not None and fault["mode"] == "lost":
            await asyncio.Event().wait()  # until the deadline
        if fault is not None:
            await asyncio.sleep(fault.get("seconds", 4))
        return ack

    async def event(self, event: dict[str, Any]) -> None:
        """Deliver an event. Return at the app's answer or the deadline; retries go on."""
        payload = {
            "token": "sandbox",
            "team_id": people.TEAM,
            "api_app_id": people.APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(8).upper()}",
            "event_time": int(time.time()),
            "authorizations": [
                {"team_id": people.TEAM, "user_id": people.BOT_USER, "is_bot": True}
            ],
            "is_ext_shared_channel": False,
        }
        reply = await self.request("events_api", payload)
        if reply.error and reply.may_retry:
            self._in_background(self._again(payload, reply))
        elif forced := self._faults.take("event_retries", most=len(RETRY_SECONDS)):
            self._in_background(self._more(payload, forced))

    def event_soon(self, event: dict[str, Any]) -> None:
        """Deliver an event in the background."""
        self._in_background(self.event(event))

    async def _again(self, payload: dict[str, Any], reply: Reply) -> None:
        for number, seconds in enumerate(self._retry_seconds, start=1):
            await asyncio.sleep(seconds)
            reply = await self.request("events_api", payload, number, reply.reason)
            if not (reply.error and reply.may_retry):
                return

    async def _more(self, payload: dict[str, Any], count: int) -> None:
        for number in range(1, count + 1):
            await self.request("events_api", payload, number, "http_timeout")

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _record(self, kind: str, payload: dict[str, Any], reply: Reply) -> None:
        exchange = Exchange(
            direction="out",
            method=_title(kind, payload),
            status=reply.error or "ok",
            ms=reply.ms,
            request=payload,
            response=reply.ack if reply.error is None else reply.reason,
            more={"kind": kind},
        )
        self._traffic.record(exchange)


def _title(kind: str, payload: dict[str, Any]) -> str:
    if kind == "slash_commands":
        return f"{payload['command']} {payload['text']}"[:80]
    if kind == "events_api":
        return str(payload["event"]["type"])
    return str(payload["type"])
