"""One service: its start, supervision, restart and stop, as systemd does them."""

import asyncio
import contextlib
import time
import uuid

import psutil

from bot.sandbox.machines.process import processes
from bot.sandbox.machines.process.commands import parse_command
from bot.sandbox.machines.process.execution import Execution, notification_socket
from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.job_limits import (
    StartLimit,
    start_seconds,
    stop_seconds,
    stop_signal,
)
from bot.sandbox.machines.process.membership import end_members, members
from bot.sandbox.machines.process.outcomes import (
    bad_setting,
    failed_job,
    how_it_ended,
    is_clean,
    wants_restart,
)
from bot.sandbox.machines.process.processes import Child
from bot.sandbox.machines.process.units import Unit, condition_holds

_EXEC_FAILED = 203


class JobFailed(Exception):  # noqa: N818 - as systemd says it
    """The job of a unit failed; the message is systemctl's own."""


class Service:
    """The state machine of one .service unit."""

    def __init__(self, unit: Unit, host: Host) -> None:
        self.unit = unit
        self.active, self.sub, self.result = "inactive", "dead", "success"
        self.main: Child | None = None
        self.main_pid = self.exit_status = self.restarts = 0
        self.invocation = ""
        self.changed = time.time()
        self._host = host
        self._execution = Execution(unit, host)
        self._start_limit = StartLimit()
        self._job = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None

    # -- jobs

    async def start(self) -> None:
        """Start the service; a running one goes on. Raise JobFailed."""
        async with self._job:
            if self.active in {"active", "reloading"}:
                return
            if self.unit.errors:
                raise JobFailed(bad_setting(self.unit.name))
            await self._end_watch()
            self.restarts = 0
            if not await self._start_once():
                raise JobFailed(failed_job(self.unit.name, self.result))

    async def stop(self) -> None:
        """Stop the service; a failed one stays failed."""
        async with self._job:
            await self._end_watch()
            if self.active not in {"inactive", "failed"} or self._members():
                self._set("deactivating", "stop")
                await self._run_all("ExecStop", stop_seconds(self.unit))
                await self._end_members()
                await self._run_all("ExecStopPost", stop_seconds(self.unit))
                self._execution.remove_runtime_directories()
                self._set("inactive", "dead")
                self._say(f"Stopped {self._title}.")

    async def reload(self) -> None:
        """Reload the service. Raise JobFailed if the unit can't reload."""
        async with self._job:
            if self.active != "active":
                raise JobFailed(f"{self.unit.name} is not active, cannot reload.")
            if not self.unit.all("Service", "ExecReload"):
                raise JobFailed(
                    f"Failed to reload {self.unit.name}: Job type reload is not applicable for "
                    f"unit {self.unit.name}."
                )
            if not await self._run_all("ExecReload", start_seconds(self.unit)):
                raise JobFailed(f"Job for {self.unit.name} failed.")

    def reread(self, unit: Unit) -> None:
        """Take the unit as it is on disk now; running processes go on as they were started."""
        self.unit = unit
        self._execution = Execution(unit, self._host)

    def kill(self, number: int) -> None:
        """Send a signal to all processes of the service."""
        processes.send(self._members(), number)

    def reset_failed(self) -> None:
        self._start_limit.clear()
        if self.active == "failed":
            self.result = "success"
            self._set("inactive", "dead")

    # -- the way up

    async def _start_once(self) -> bool:
        """Try one start; after a failure the restart policy goes on by itself."""
        if not self._start_limit.allows(self.unit):
            self._fail("start-limit-hit")
            return False
        if not condition_holds(self.unit, self._host.tree):
            self._say(f"{self._title} was skipped because of an unmet condition check.")
            return True
        self.invocation = uuid.uuid4().hex
        self.result, self.exit_status = "success", 0
        self._set("activating", "start-pre")
        self._say(f"Starting {self._title}...")
        self._execution.make_directories()
        if not await self._run_all("ExecStartPre", start_seconds(self.unit)):
            await self._after_failure()
            return False
        if self.unit.last("Service", "Type", "simple") == "oneshot":
            return await self._start_oneshot()
        return await self._start_daemon()

    async def _start_oneshot(self) -> bool:
        self._set("activating", "start")
        done = await self._run_all("ExecStart", start_seconds(self.unit))
        if not (done and await self._run_all("ExecStartPost", start_seconds(self.unit))):
            await self._after_failure()
            return False
        if self.unit.flag("Service", "RemainAfterExit"):
            self._set("active", "exited")
        else:
            self._set("inactive", "dead")
        self._say(f"Finished {self._title}.")
        return True

    async def _start_daemon(self) -> bool:
        kind = self.unit.last("Service", "Type", "simple")
        self._set("activating", "start")
        with contextlib.ExitStack() as stack:
            notified: asyncio.Future[None] | None = None
            extra: dict[str, str] = {}
            if kind == "notify":
                notified, extra = stack.enter_context(notification_socket())
            try:
                self.main = await self._execution.spawn(
                    self.unit.last("Service", "ExecStart"), self.invocation, extra
                )
            except (OSError, ValueError) as error:
                self._note(f"Failed to execute command: {error}")
                self.exit_status, self.result = _EXEC_FAILED, "exit-code"
                await self._after_failure()
                return kind == "simple"
            self.main_pid = self.main.pid
            if notified and not await self._ready(notified, self.main):
                await self._after_failure()
                return False
        if not await self._run_all("ExecStartPost", start_seconds(self.unit)):
            await self._after_failure()
            return False
        self._set("active", "running")
        self._say(f"Started {self._title}.")
        self._watch = asyncio.create_task(self._watch_main(self.main))
        return True

    async def _ready(self, notified: "asyncio.Future[None]", main: Child) -> bool:
        ended = asyncio.ensure_future(main.wait())
        try:
            await asyncio.wait(
                (notified, ended),
                timeout=start_seconds(self.unit),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ended.cancel()
        if not notified.done():
            self.result = "timeout" if main.returncode is None else "protocol"
        return notified.done()

    # -- what happens by itself

    async def _watch_main(self, main: Child) -> None:
        code = await main.wait()
        self._note_exit(main, code)
        await self._end_members()
        await self._run_all("ExecStopPost", stop_seconds(self.unit))
        self.main, self.main_pid = None, 0
        self._execution.remove_runtime_directories()
        await self._restart_or_rest()

    async def _after_failure(self) -> None:
        """Clean up after a failed start; a restart, if any, happens in the background."""
        if self.main and self.main.returncode is not None:
            self._note_exit(self.main, self.main.returncode)
        await self._end_members()
        self.main, self.main_pid = None, 0
        if self.result == "success":
            self.result = "exit-code"
        self._set("failed", "failed")
        self._watch = asyncio.create_task(self._restart_or_rest())

    async def _restart_or_rest(self) -> None:
        if not wants_restart(self.unit, self.result, self.exit_status):
            if self.result != "success":
                self._set("failed", "failed")
            else:
                self._set("inactive", "dead")
                self._note("Deactivated successfully.")
            return
        self._set("activating", "auto-restart")
        await asyncio.sleep(self.unit.seconds("Service", "RestartSec", 0.1))
        self.restarts += 1
        self._note(f"Scheduled restart job, restart counter is at {self.restarts}.")
        await self._start_once()

    def _note_exit(self, main: Child, code: int) -> None:
        self.exit_status = abs(code)
        clean = is_clean(self.unit, code)
        if not clean or code != 0:
            self._note(f"Main process exited, {how_it_ended(code)}")
        if not clean and self.result == "success":
            self.result = "exit-code" if code > 0 else "signal"
            self._note(f"Failed with result '{self.result}'.")

    # -- processes

    async def _run_all(self, key: str, seconds: float) -> bool:
        """Run the commands of one kind in order; return False at the first that fails."""
        for line in self.unit.all("Service", key):
            try:
                extra = {"MAINPID": str(self.main_pid)} if self.main_pid else {}
                may_fail = parse_command(line, {}).may_fail
                child = await self._execution.spawn(line, self.invocation, extra)
            except (OSError, ValueError) as error:
                self._note(f"Failed to execute {key}: {error}")
                code = _EXEC_FAILED
            else:
                code, in_time = await child.wait_for(seconds)
                self.result = self.result if in_time else "timeout"
            if code != 0 and not may_fail:
                self.exit_status = abs(code)
                if self.result == "success":
                    self.result = "exit-code" if code > 0 else "signal"
                self._note(f"Control process exited, {key} status={code}")
                return False
        return True

    def _members(self) -> list[psutil.Process]:
        return members(self.main_pid, self.invocation)

    async def _end_members(self) -> None:
        mode = self.unit.last("Service", "KillMode", "control-group")
        number = stop_signal(self.unit)
        in_time = await end_members(
            self.main_pid, self.invocation, mode, number, stop_seconds(self.unit)
        )
        if not in_time:
            self._note("State 'stop-sigterm' timed out. Killing.")

    async def _end_watch(self) -> None:
        if self._watch and not self._watch.done():
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self._watch = None

    # -- little things

    @property
    def _title(self) -> str:
        return f"{self.unit.name} - {self.unit.last('Unit', 'Description', self.unit.name)}"

    def _fail(self, result: str) -> None:
        self.result = result
        self._note("Start request repeated too quickly.")
        self._note(f"Failed with result '{result}'.")
        self._set("failed", "failed")

    def _set(self, active: str, sub: str) -> None:
        if (self.active, self.sub) != (active, sub):
            self.active, self.sub, self.changed = active, sub, time.time()

    def _note(self, message: str) -> None:
        self._say(f"{self.unit.name}: {message}")

    def _say(self, message: str) -> None:
        self._host.journal.write(self.unit.name, message)
