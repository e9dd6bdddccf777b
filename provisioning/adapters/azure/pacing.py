"""How often the bot asks Azure: by what an operation usually takes, and within Azure's limits.

Compute lets a client poll one operation 45 times at once and 15 times a minute after that, and
read one VM 36 times and 12 times a minute (https://learn.microsoft.com/azure/virtual-machines/
compute-throttling-limits). Azure Resource Manager allows a principal 250 reads at once and 25 a
second, and 200 writes and as many deletions at once and 10 a second (https://learn.microsoft.com/
azure/azure-resource-manager/management/request-limits-and-throttling).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.mgmt.core.polling.async_arm_polling import AsyncARMPolling

USUAL_SECONDS: Mapping[str, float] = {
    "VirtualMachinesOperations.begin_create_or_update": 60.0,
    "VirtualMachinesOperations.begin_deallocate": 44.0,
    "VirtualMachinesOperations.begin_start": 26.0,
    "VirtualMachinesOperations.begin_restart": 30.0,
    "VirtualMachinesOperations.begin_delete": 43.0,
    "VirtualMachineRunCommandsOperations.begin_create_or_update": 68.0,
    "VirtualMachineExtensionsOperations.begin_create_or_update": 51.0,
}
"""The SDK's method -> half of its operations take longer than this (recorded, 2017-2026)."""
SHORT = 2.0
"""Seconds of any other operation: addresses, interfaces, networks, disks, tags."""

TOO_MANY = 429
_GROWTH = 1.2
_BEGIN, _END = 0.3, 1.3
"""The part of the usual time from which an operation may end at any moment, and until when most
have ended."""
_NEAR, _LATE = 2.0, 5.0
_SHORT = ((0.5, 5.0), (1.0, 30.0))
"""The pauses of short operations, each with the time until which it holds."""


class Pace:
    """The pauses between looks at something that usually takes `usual` seconds.

    Few looks come before the usual time, many around it, and one every few seconds after it. `unit`
    is the setting `poll_seconds`: all times are multiples of it. `least` returns the shortest pause
    while many other operations are watched.
    """

    def __init__(
        self, usual: float, unit: float, least: Callable[[float], float] | None = None
    ) -> None:
        self._usual, self._unit = usual, unit
        self._least = least or (lambda _usual: 0.0)
        self._elapsed = 0.0
        self._growing = 1.0

    def pause(self) -> float:
        """Return the seconds until the next look, and count them."""
        seconds = max(self._next(), self._least(self._usual))
        self._elapsed += seconds
        return seconds * self._unit

    def _next(self) -> float:
        if self._usual <= SHORT:
            return next((pause for pause, until in _SHORT if self._elapsed < until), _LATE)
        if self._elapsed < self._usual * _BEGIN:
            seconds, self._growing = self._growing, self._growing * _GROWTH
            return max(1.0, min(seconds, self._usual * _BEGIN - self._elapsed))
        return _NEAR if self._elapsed < self._usual * _END else _LATE


class PacedPolling(AsyncARMPolling):
    """Polls an operation at its pace, whatever Retry-After says while the operation runs.

    The Retry-After of a 429 is honoured: it is no answer, and the operation goes on meanwhile.
    """

    def __init__(self, pace: Pace, **options: Any) -> None:
        super().__init__(SHORT, **options)
        self._pace = pace
        self._asked = 0.0

    def _extract_delay(self) -> float:
        asked, self._asked = self._asked, 0.0
        return max(asked, self._pace.pause())

    async def update_status(self) -> None:
        """Poll once; a 429 leaves the status as it is."""
        try:
            await super().update_status()
        except HttpResponseError as error:
            if error.status_code != TOO_MANY:
                raise
            self._asked = seconds_asked(error.response)


def seconds_asked(response: Any) -> float:
    """Return the seconds of the header Retry-After; 0 without one that can be read."""
    text = response.headers.get("Retry-After", "") if response is not None else ""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_LIMITS = {"reads": (200.0, 20.0), "writes": (160.0, 8.0), "deletes": (160.0, 8.0)}
"""Requests at once and in a second: four fifths of what Azure allows, so that an admin's own
requests and Azure's rounding find room."""
_POLLS_A_SECOND = 8.0
"""Polls of long operations, and as many of short ones, of the 20 reads: the others are for what
members and steps ask."""
_SHARED_LEAST = 20.0
"""Tokens that Azure must still have for the bot to go on at its own pace."""


class RequestBudget:
    """One process's budget of requests to Azure Resource Manager.

    Azure tells with each answer how many requests the principal has left. That counts for all
    processes of the bot and for its other users, so the budget follows it downwards.
    """

    def __init__(self, unit: float) -> None:
        self._unit = unit
        self._tokens = {kind: limit for kind, (limit, _) in _LIMITS.items()}
        self._at = dict.fromkeys(_LIMITS, 0.0)
        self._turns: dict[str, asyncio.Lock] = {}
        self._watched = dict.fromkeys((True, False), 0)

    @contextmanager
    def watching(self, usual: float) -> Iterator[None]:
        """Count an operation of that usual time as one that is polled while the block runs."""
        is_short = usual <= SHORT
        self._watched[is_short] += 1
        try:
            yield
        finally:
            self._watched[is_short] -= 1

    def least_pause(self, usual: float) -> float:
        """Return the pause that shares the polls of all short, or of all long operations."""
        return self._watched[usual <= SHORT] / _POLLS_A_SECOND

    async def take(self, method: str) -> None:
        """Wait for a token; requests of one kind get theirs in the order of their coming."""
        kind = _KINDS.get(method, "writes")
        async with self._turns.setdefault(kind, asyncio.Lock()):
            while True:
                missing = self._missing(kind)
                if missing <= 0:
                    break
                await asyncio.sleep(missing)
            self._tokens[kind] -= 1

    def _missing(self, kind: str) -> float:
        """Return the seconds until there is a token."""
        limit, rate = _LIMITS[kind]
        rate /= self._unit
        now = asyncio.get_running_loop().time()
        grown = max(0.0, now - self._at[kind]) * rate
        if now > self._at[kind]:
            self._tokens[kind] = min(limit, self._tokens[kind] + grown)
            self._at[kind] = now
        resting = max(0.0, self._at[kind] - now)
        return resting + max(0.0, 1 - self._tokens[kind]) / rate

    def learn(self, method: str, response: Any) -> None:
        """Follow what Azure says about the tokens that are left, and rest after a 429."""
        kind = _KINDS.get(method, "writes")
        left = response.headers.get(f"x-ms-ratelimit-remaining-subscription-{kind}", "")
        if not left.isdecimal():
            return
        if response.status_code == TOO_MANY:
            until = asyncio.get_running_loop().time() + seconds_asked(response)
            self._tokens[kind], self._at[kind] = 1.0, max(self._at[kind], until)
        elif int(left) < _SHARED_LEAST:
            self._tokens[kind] = min(self._tokens[kind], float(left))


class BudgetPolicy(AsyncHTTPPolicy[Any, Any]):
    """Takes a token before each request of a client, its retries and polls included."""

    def __init__(self, budget: RequestBudget) -> None:
        super().__init__()
        self._budget = budget

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send the request when the budget has room for it."""
        method = request.http_request.method
        await self._budget.take(method)
        response = await self.next.send(request)
        self._budget.learn(method, response.http_response)
        return response
