"""From people to the app: commands, clicks and events, by Socket Mode or HTTP, and how long
Slack waits for the answer."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any, Protocol

from bot.sandbox.slack import people
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.traffic import Traffic

DEADLINE_SECONDS = 3.0

TIMEOUT = "operation_timeout"
FAILED = "dispatch_failed"

_RETRY_SECONDS = (0.0, 60.0, 300.0)
"""When Slack sends an event again that was not acknowledged."""


@dataclass(frozen=True)
class Reply:
    """What the app answered: the payload of its acknowledgement, or Slack's error."""

    ack: dict[str, Any] | None
    ms: float
    error: str | None = None

    def body(self) -> dict[str, Any]:
        """As the people's side returns it."""
        return {"ack": self.ack, "ack_ms": round(self.ms, 1), "error": self.error}


class NotConnected(Exception):  # noqa: N818 - as Slack: dispatch_failed
    """No app takes it."""


class Transport(Protocol):
    """Socket Mode or HTTP."""

    async def send(self, kind: str, payload: dict[str, Any], retry: int = 0) -> dict[str, Any]:
        """Deliver and wait for the acknowledgement's payload. `kind` is an envelope's type:
        slash_commands, interactive or events_api. Raises `NotConnected`."""
        ...


class Delivery:
    """Delivers with Slack's deadline, faults and retries."""

    def __init__(self, transport: Transport, faults: Faults, traffic: Traffic) -> None:
        self._transport = transport
        self._faults = faults
        self._traffic = traffic
        self._retries: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Forget what would have been sent again."""
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)

    async def request(self, kind: str, payload: dict[str, Any]) -> Reply:
        """A command or an interaction: answered within 3 s, or it failed for the person."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                reply = await self._with_faults(kind, payload, started)
        except TimeoutError:
            reply = Reply(None, _ms(started), TIMEOUT)
        except NotConnected:
            reply = Reply(None, _ms(started), FAILED)
        self._record(kind, payload, reply)
        return reply

    async def _with_faults(self, kind: str, payload: dict[str, Any], started: float) -> Reply:
        fault = self._faults.ack()
        if self._faults.take("duplicate_envelopes"):
            both = (self._transport.send(kind, payload) for _ in range(2))
            answers: list[dict[str, Any]] = await asyncio.gather(*both)
            return Reply(answers[0], _ms(started))
        ack = await self._transport.send(kind, payload)
        answered = _ms(started)
        if fault is not None:
            late = float(fault.get("seconds", 4)) if fault.get("mode") == "late" else 3600
            await asyncio.sleep(late)
        return Reply(ack, answered)

    async def event(self, event: dict[str, Any]) -> None:
        """An event; sent again, at once and after 1 and 5 minutes, if nobody takes it."""
        payload = {
            "token": "sandbox",
            "team_id": people.TEAM,
            "api_app_id": people.APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(8)}",
            "event_time": int(time.time()),
            "authorizations": [
                {"team_id": people.TEAM, "user_id": people.BOT_USER, "is_bot": True}
            ],
        }
        reply = await self.request("events_api", payload)
        if reply.error or self._faults.take("event_retries"):
            task = asyncio.get_running_loop().create_task(self._again(payload))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)

    async def _again(self, payload: dict[str, Any]) -> None:
        for number, seconds in enumerate(_RETRY_SECONDS, start=1):
            await asyncio.sleep(seconds)
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await self._transport.send("events_api", payload, retry=number)
                return
            except (NotConnected, TimeoutError):
                continue

    def _record(self, kind: str, payload: dict[str, Any], reply: Reply) -> None:
        self._traffic.record(
            direction="out",
            kind=kind,
            method=_title(kind, payload),
            status=reply.error or "ok",
            ms=reply.ms,
            request=payload,
            response=reply.ack,
        )


def _title(kind: str, payload: dict[str, Any]) -> str:
    if kind == "slash_commands":
        return f"{payload['command']} {payload['text']}"[:80]
    if kind == "events_api":
        return str(payload["event"]["type"])
    return str(payload["type"])


def _ms(started: float) -> float:
    return (time.monotonic() - started) * 1000
