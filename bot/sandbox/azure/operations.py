"""Long-running operations: begun by a PUT, POST or DELETE, polled, ended by a timer.

An operation is a record, so that one in flight goes on after a restart of the process: its
end is a function found by name (`finishers`), never a closure.
"""

import asyncio
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
"""`(resource id, arguments)`; what it returns is the operation's result. `ArmError` fails it."""

KEPT_ENDED = 2000


class Operations:
    """All operations, running and ended."""

    def __init__(self, state: State, durations: Durations) -> None:
        self._state = state
        self._durations = durations
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.finishers: dict[str, Finisher] = {}

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
        """Start the clock. `failure` is a code with which it will end instead."""
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
        """The operation that works on the resource now."""
        for operation_id in self._tasks:
            record = self._state.operations[operation_id]
            if record["resource"].lower() == resource_id.lower():
                return record
        return None

    def get(self, operation_id: str) -> Record | None:
        """The record, None if nothing is known of it."""
        return self._state.operations.get(operation_id)

    async def cancel(self, record: Record) -> None:
        """End it as canceled (a DELETE came)."""
        task = self._tasks.pop(record["id"], None)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._end(record, "Canceled", {"code": "OperationPreempted", "message": "Preempted."})

    def resume(self) -> None:
        """After a restart: go on with those that were in flight."""
        for record in self._state.operations.values():
            if record["status"] == "InProgress":
                self._schedule(record)

    async def close(self) -> None:
        """Stop the clocks; the records stay in flight for the next process."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def body(self, record: Record) -> dict[str, Any]:
        """What a poll of Azure-AsyncOperation answers; Network says less than Compute."""
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
        await asyncio.sleep(max(0.0, record["due"] - time.time()))
        try:
            if record["failure"]:
                error = ArmError(record["failure"])
                await self._fail(record, error)
                return
            finisher = self.finishers[record["operation"]]
            record["result"] = await finisher(record["resource"], record["arguments"])
            self._end(record, "Succeeded", None)
        except ArmError as error:
            await self._fail(record, error)
        except Exception as error:
            await self._fail(record, ArmError("InternalExecutionError", repr(error)))
        finally:
            self._tasks.pop(record["id"], None)

    async def _fail(self, record: Record, error: ArmError) -> None:
        resource = self._state.find(record["resource"])
        if resource is not None and record["operation"].endswith(".put"):
            resource["properties"]["provisioningState"] = "Failed"
            self._state.secrets_of(resource)["failure"] = {
                "code": error.code,
                "message": error.message,
            }
        starter = self.finishers.get(f"{record['operation']}.failed.{error.code}")
        if starter is not None:
            await starter(record["resource"], record["arguments"])
        self._end(record, "Failed", {"code": error.code, "message": error.message})

    def _end(self, record: Record, status: str, error: dict[str, str] | None) -> None:
        record |= {"status": status, "error": error, "ended": time.time()}
        self._state.touch()

    def _forget_old(self) -> None:
        ended = [key for key, each in self._state.operations.items() if each["ended"]]
        for key in ended[: max(0, len(ended) - KEPT_ENDED)]:
            del self._state.operations[key]


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
