"""The faults of both servers, and the blows to the processes, in an order by the seed."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.azure.errors import STATUS
from tests.postgres import Postgres
from tests.storm.parts import Part, Parts
from tests.storm.plan import Plan
from tests.storm.sandbox import Sandbox

OPERATIONS = (
    *("virtualMachines.put", "virtualMachines.get", "virtualMachines.delete"),
    *("virtualMachines.start", "virtualMachines.deallocate", "virtualMachines.restart"),
    *("networkInterfaces.*", "publicIPAddresses.*", "disks.*", "snapshots.*", "operations.*"),
    *("virtualMachines.*", "virtualMachines.*", "*"),
)
PASSING = (
    *("throttle", "server_error", "cut", "slow", "fail", "AnotherOperationInProgress"),
    *("RetryableErrorDueToAnotherOperation", "absent", "unavailable"),
)
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "users.info", "*")
SLACK_FAULTS = (
    *("rate_limit", "fail", "drop", "lose", "lose", "ack lost", "ack late", "duplicate_envelopes"),
    *("event_retries", "socket_cut", "socket_disconnect", "socket_deaf"),
    *("auth_test", "response_url_expired"),
)
BETWEEN_SECONDS = (1.0, 4.0)
FAULTS_BETWEEN_BLOWS = 4
FOR_GOOD = 0.08
"""Share of Azure's faults that end a request. With more of them, most servers never run."""


def azure_fault(choose: random.Random) -> dict[str, Any]:
    """Return a fault of local Azure: mostly one that passes, sometimes a refusal for good."""
    operation, count = choose.choice(OPERATIONS), choose.randint(1, 3)
    kind = choose.choice(PASSING)
    if choose.random() < FOR_GOOD:
        kind, count = choose.choice(("quota", *sorted(STATUS))), 1
    fault: dict[str, Any] = {"operation": operation, "kind": kind, "count": count}
    if kind == "slow":
        return fault | {"factor": choose.choice((3, 10))}
    if kind in ("absent", "unavailable"):
        code = "ResourceNotFound" if kind == "absent" else "ServerTimeout"
        answer = {"kind": "answer", "status": 404 if kind == "absent" else 503, "code": code}
        operation = "virtualMachines.get" if kind == "absent" else operation
        seconds = choose.uniform(1, 10)
        return {"operation": operation, "message": "storm", "seconds": seconds, **answer}
    return fault


def slack_fault(choose: random.Random) -> dict[str, Any]:
    """Return a fault of local Slack."""
    kind, method, count = choose.choice(SLACK_FAULTS), choose.choice(METHODS), choose.randint(1, 3)
    return {
        "rate_limit": {"rate_limit": {method: {"retry_after": 2, "count": count}}},
        "fail": {"fail": {method: {"error": "internal_error", "status": 500, "count": count}}},
        "drop": {"drop": {method: {"count": count}}},
        "lose": {"lose": {"chat.postMessage": {"count": count}}},
        "ack lost": {"ack": {"mode": "lost", "count": count}},
        "ack late": {"ack": {"mode": "late", "seconds": 4, "count": count}},
        "duplicate_envelopes": {"duplicate_envelopes": count},
        "event_retries": {"event_retries": count},
        "socket_cut": {"socket_cut": True},
        "socket_disconnect": {"socket_disconnect": choose.choice(("refresh_requested", "warning"))},
        "socket_deaf": {"socket_deaf": 5},
        "auth_test": {"auth_test": "invalid_auth"},
        "response_url_expired": {"response_url_expired": True},
    }[kind]


@dataclass
class Weather:
    """What goes wrong while the members work."""

    plan: Plan
    parts: Parts
    sandbox: Sandbox
    postgres: Postgres | None
    on_kill: Callable[[Part], Coroutine[Any, Any, None]]
    """Called before a bot is hit."""
    counts: Counter[str] = field(default_factory=Counter)
    diary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._blows = self.plan.blows()
        self._random = self.plan.random("weather")
        self._rounds = len(self.plan.rounds())
        self._tasks: set[asyncio.Task[None]] = set()

    async def rage(self, round_number: int) -> None:
        """Send faults, and this round's blows between them, until it is cancelled."""
        left = self._rounds - round_number
        mine = [self._blows.pop() for _ in range(-(-len(self._blows) // left))]
        while True:
            for _ in range(FAULTS_BETWEEN_BLOWS):
                await self._fault()
                await asyncio.sleep(self._random.uniform(*BETWEEN_SECONDS))
            if mine:
                await self._strike(mine.pop())

    async def calm(self) -> None:
        """End all faults, and wait for those who are frozen."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.sandbox.clear()

    async def _fault(self) -> None:
        if self._random.random() < 0.5:
            fault = azure_fault(self._random)
            answer = await self.sandbox.azure("faults", fault)
            kind = "azure " + str(fault["kind"])
        else:
            fault = slack_fault(self._random)
            answer = await self.sandbox.slack("faults", fault)
            kind = "slack " + next(iter(fault))
            if "auth_test" in fault or "response_url_expired" in fault:
                self._spawn(self._clear_slack())  # these stay until they are cleared
        if answer is not None:
            self._note(kind, str(fault))

    async def _clear_slack(self) -> None:
        await asyncio.sleep(4)
        await self.sandbox.slack("faults", method="DELETE")

    async def _strike(self, blow: str) -> None:
        self._note(blow, "")
        bot = self._random.choice(self.parts.bots)
        if blow in ("kill a bot", "stop a bot", "freeze a bot"):
            await self.on_kill(bot)
        match blow:
            case "kill a bot":
                bot.send(signal.SIGKILL)
            case "stop a bot":
                bot.send(signal.SIGTERM)
            case "freeze a bot":
                self._spawn(bot.freeze(self._random.uniform(3, 20)))
            case "kill Slack":
                self.parts.slack.send(signal.SIGKILL)
            case "kill Azure":
                self.parts.azure.send(signal.SIGKILL)
            case _ if self.postgres is not None:
                self.postgres.restart()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note(self, kind: str, detail: str) -> None:
        self.counts[kind] += 1
        self.diary.append(f"{time.strftime('%H:%M:%S')} {kind} {detail}")
