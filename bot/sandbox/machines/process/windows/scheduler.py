"""The Task Scheduler: tasks that run programs as their user, at boot and after failures."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.membership import end_members
from bot.sandbox.machines.process.processes import Child, Processes
from bot.sandbox.machines.process.windows import command_line
from bot.sandbox.machines.process.windows.access import AccessLists
from bot.sandbox.machines.process.windows.accounts import WindowsAccounts
from bot.sandbox.machines.process.windows.state import State

NEVER_RUN = 0x41303
RUNNING = 0x41301
TERMINATED = 0x41306
LOGON_NOT_GRANTED = 0x80070569
NOT_FOUND = 0x80070002
ACCESS_DENIED = 0x80070005
"""Values of LastTaskResult, as Windows numbers them."""

_READABLE = ("F", "M", "RX", "R")

Environment = Callable[[str], dict[str, str]]


class Scheduler:
    """All tasks of one machine.

    `minute` is how many seconds of this computer pass in a minute of a task's settings.
    """

    def __init__(
        self,
        state: State,
        accounts: WindowsAccounts,
        access: AccessLists,
        processes: Processes,
        environment: Environment,
        *,
        minute: float = 60.0,
    ) -> None:
        self._state = state
        self._accounts = accounts
        self._access = access
        self._processes = processes
        self._environment = environment
        self._minute = minute
        self._running: dict[str, _Run] = {}
        self._results: dict[str, int] = {}

    async def boot(self) -> None:
        """Start the tasks with a trigger at startup."""
        for name, task in self._state["tasks"].items():
            if task["at_startup"]:
                self.start(name)

    async def shut_down(self) -> None:
        """End every task."""
        await asyncio.gather(*(self.stop(name) for name in list(self._running)))

    async def register(self, name: str, task: dict[str, Any], *, force: bool) -> None:
        """Add a task.

        Raise ValueError if the task exists and is not to be replaced, or if its user is unknown.
        """
        if name in self._state["tasks"] and not force:
            raise ValueError("Cannot create a file when that file already exists.")
        if self._accounts.user(task["user"]) is None:
            raise ValueError("No mapping between account names and security IDs was done.")
        self._state["tasks"][name] = task
        self._state.save()

    async def unregister(self, name: str) -> None:
        """Forget a task; its running processes go on, as on Windows."""
        self._known(name)
        del self._state["tasks"][name]
        self._state.save()

    def describe(self, name: str) -> dict[str, Any]:
        """Return state and definition. Raise LookupError."""
        task = self._known(name)
        result = RUNNING if name in self._running else self._results.get(name, NEVER_RUN)
        state = "Running" if name in self._running else "Ready"
        return {
            "TaskName": name,
            "State": state,
            "Description": task["description"],
            "LastTaskResult": result,
            "Settings": task["settings"],
            "User": task["user"],
        }

    def start(self, name: str) -> None:
        """Start a task; a running one goes on (MultipleInstances IgnoreNew)."""
        task = self._known(name)
        if name not in self._running:
            self._running[name] = _Run(asyncio.create_task(self._run(name, task)))

    async def stop(self, name: str) -> None:
        """End a task's processes, and stop its restarts."""
        run = self._running.pop(name, None)
        if run is not None:
            run.task.cancel()
            await asyncio.gather(run.task, return_exceptions=True)
            await run.end()
            self._results[name] = TERMINATED

    async def _run(self, name: str, task: dict[str, Any]) -> None:
        settings = task["settings"]
        try:
            for _ in range(settings["RestartCount"] + 1):
                result = await self._once(name, task)
                self._results[name] = result
                if result == 0:
                    break
                await asyncio.sleep(settings["RestartMinutes"] * self._minute)
        finally:
            if not self._is_cancelled():
                self._running.pop(name, None)

    @staticmethod
    def _is_cancelled() -> bool:
        current = asyncio.current_task()
        return current is not None and current.cancelling() > 0

    async def _once(self, name: str, task: dict[str, Any]) -> int:
        user = self._accounts.user(task["user"])
        if user is None or not self._accounts.may_run_batch_jobs(user.name):
            return LOGON_NOT_GRANTED
        program = Path(task["execute"].replace("\\", "/"))
        if not program.is_file() or not Path(task["directory"]).is_dir():
            return NOT_FOUND
        for path in (program, Path(task["directory"])):
            if not self._access.allows(path, user.name, _READABLE):
                return ACCESS_DENIED
        Path(user.home).mkdir(parents=True, exist_ok=True)
        run = self._running[name]
        run.invocation = uuid.uuid4().hex
        environ = self._environment(user.name) | {"INVOCATION_ID": run.invocation}
        run.child = self._processes.spawn(
            [str(program), *command_line.split(task["arguments"])],
            env=environ,
            cwd=task["directory"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        run.began = time.monotonic()
        minutes = task["settings"]["LimitMinutes"]
        try:
            async with asyncio.timeout(minutes * self._minute if minutes else None):
                code = await run.child.wait()
        except TimeoutError:
            await run.end()
            return TERMINATED
        return code if code >= 0 else 1

    def _known(self, name: str) -> dict[str, Any]:
        task = self._state["tasks"].get(name)
        if task is None:
            raise LookupError(f"No MSFT_ScheduledTask objects found with TaskName '{name}'.")
        return dict(task)


class _Run:
    """One run of a task, with its restarts."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task
        self.child: Child | None = None
        self.invocation = ""
        self.began = 0.0

    async def end(self) -> None:
        if self.child is not None:
            await end_members(self.child.pid, self.invocation, "control-group", signal.SIGKILL, 5.0)
