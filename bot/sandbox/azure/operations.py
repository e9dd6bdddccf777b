"""Long-running operations: a PUT, POST or DELETE begins one, clients poll, a timer ends it.

An operation is a record, so it survives a restart of the process. The function that ends it is
found by name (`finishers`); it is never a closure.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.azure.durations import Durations
from bot.sandbox.azure.errors import ArmError
from bot.sandbox.azure.state import State

Record = dict[str, Any]
Finisher = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""A function of (resource id, arguments) that ends an operation.

Its return value is the operation's result; an `ArmError` fails the operation.
"""

KEPT_ENDED = 2000

_log = logging.getLogger(__name__)


class Operations:
    """All operations, running and ended."""

    def __init__(self, state: State, durations: Durations) -> None:
        self._state = state
        self._durations = durations
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waits: dict[str, asyncio.Event] = {}
        self.finishers: dict[str, Finisher] = {}
        self.failers: dict[str, Finisher] = {}
        """What undoes a failed operation; it is called before the operation counts as ended."""

    def begin(
        self,
        operation: str,
        resource_id: str,
        arguments: dict[str, Any] | None = None,
        *,
        provider: str,
        factor: float = 1.0,
        failure: str | None = None,
    ) -> Record:
        """Begin an operation. `failure` is the code with which the operation will fail."""
        seconds = self._durations.draw(operation) * factor
        scaled = self._durations.scaled(seconds)
        now = time.time()
        record: Record = {
            "id": str(uuid.uuid4()),
            "provider": provider,
            "operation": operation,
            "resource": resource_id,
            "arguments": arguments or {},
            "seconds": seconds,
            "scaled_seconds": scaled,
            "started": now,
            "due": now + scaled,
            "ended": None,
            "status": "InProgress",
            "error": None,
            "result": None,
            "failure": failure,
        }
        self._state.operations[record["id"]] = record
        self._forget_old()
        self._schedule(record)
        self._state.touch()
        return record

    def running(self, resource_id: str) -> Record | None:
        """Return the operation that works on the resource now."""
        for operation_id in self._tasks:
            record = self._state.operations[operation_id]
            if record["resource"].lower() == resource_id.lower():
                return record
        return None

    def get(self, operation_id: str) -> Record | None:
        """Return the record, or None for an unknown id."""
        return self._state.operations.get(operation_id)

    async def cancel(self, record: Record) -> None:
        """End an operation as canceled, because a DELETE has come."""
        task = self._tasks.pop(record["id"], None)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._end(record, "Canceled", {"code": "OperationPreempted", "message": "Preempted."})

    def change_speed(self, speed: float) -> None:
        """Change the speed; operations in flight take the rest of their time at the new speed."""
        factor = self._durations.speed / speed
        self._durations.speed = speed
        now = time.time()
        for operation_id, wait in self._waits.items():
            record = self._state.operations[operation_id]
            record["due"] = now + max(0.0, record["due"] - now) * factor
            wait.set()
        self._state.touch()

    def resume(self) -> None:
        """Continue the operations that were in flight before a restart."""
        for record in self._state.operations.values():
            if record["status"] == "InProgress":
                self._schedule(record)

    async def close(self) -> None:
        """Stop the timers; the records stay in flight for the next process."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def body(self, record: Record) -> dict[str, Any]:
        """Return the answer to a poll of Azure-AsyncOperation; Network says less than Compute."""
        body: dict[str, Any] = {"status": record["status"]}
        if record["provider"] == "Microsoft.Compute":
            body |= {"name": record["id"], "startTime": _iso(record["started"])}
            if record["ended"]:
                body["endTime"] = _iso(record["ended"])
        if record["error"]:
            body["error"] = record["error"]
        if record["result"] is not None:
            body["properties"] = {"output": record["result"]}
        return body

    def _schedule(self, record: Record) -> None:
        task = asyncio.get_running_loop().create_task(self._run(record))
        self._tasks[record["id"]] = task

    async def _run(self, record: Record) -> None:
        await self._wait_until_due(record)
        try:
            if record["failure"]:
                await self._fail(record, ArmError(record["failure"]))
                return
            finisher = self.finishers[record["operation"]]
            record["result"] = await finisher(record["resource"], record["arguments"])
            self._end(record, "Succeeded", None)
        except ArmError as error:
            await self._fail(record, error)
        except Exception as error:
            _log.exception("%s of %s failed", record["operation"], record["resource"])
            await self._fail(record, ArmError("InternalExecutionError", repr(error)))
        finally:
            self._tasks.pop(record["id"], None)

    async def _wait_until_due(self, record: Record) -> None:
        changed = self._waits[record["id"]] = asyncio.Event()
        try:
            while (rest := record["due"] - time.time()) > 0:
                changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), rest)
        finally:
            self._waits.pop(record["id"], None)

    async def _fail(self, record: Record, error: ArmError) -> None:
        failure = {"code": error.code, "message": error.message}
        resource = self._state.find(record["resource"])
        verb = record["operation"].split(".")[1]
        if resource is not None and verb in ("put", "patch", "delete"):
            resource["properties"]["provisioningState"] = "Failed"
            self._state.secrets_of(resource)["failure"] = failure
        failer = self.failers.get(record["operation"])
        if failer is not None:
            try:
                await failer(record["resource"], {**record["arguments"], "code": error.code})
            except Exception:
                _log.exception("could not undo the failed %s", record["operation"])
        self._end(record, "Failed", failure)

    def _end(self, record: Record, status: str, error: dict[str, str] | None) -> None:
        record |= {"status": status, "error": error, "ended": time.time()}
        self._state.touch()

    def _forget_old(self) -> None:
        ended = [key for key, each in self._state.operations.items() if each["ended"]]
        for key in ended[: max(0, len(ended) - KEPT_ENDED)]:
            del self._state.operations[key]


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
