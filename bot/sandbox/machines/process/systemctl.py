"""The stand-in for `systemctl`: its verbs as calls of the service manager."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence

from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.journal import Journal
from bot.sandbox.machines.process.manager import Manager
from bot.sandbox.machines.process.service import JobFailed, Service
from bot.sandbox.machines.process.timers import Timer

_JOBS = frozenset("start stop restart reload try-restart kill status reset-failed".split())


class Systemctl:
    """The calls of `systemctl` on one machine. `reboot` begins a reboot of the machine."""

    def __init__(self, manager: Manager, journal: Journal, reboot: Callable[[], None]) -> None:
        self._manager = manager
        self._journal = journal
        self._reboot = reboot
        self._background: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Cancel the jobs of calls with --no-block."""
        for task in self._background:
            task.cancel()

    async def run(self, arguments: Sequence[str]) -> Answer:
        """Answer one call of the program; an unknown verb or option is refused."""
        try:
            return await self._run(arguments)
        except JobFailed as error:
            return Answer(1, "", f"{error}\n")
        except LookupError as error:
            return Answer(5, "", f"Failed: {error.args[0]}\n")
        except ValueError as error:
            return Answer(1, "", f"{error}\n")

    async def _run(self, arguments: Sequence[str]) -> Answer:
        options, words = _split(arguments)
        if not words:
            raise ValueError("systemctl: this machine's stand-in needs a verb")
        verb, names = words[0], words[1:]
        if verb == "daemon-reload":
            self._manager.reload()
            return Answer()
        if verb == "reboot":
            self._reboot()
            return Answer()
        if verb in ("enable", "disable"):
            return await self._enable(verb, names, now="--now" in options)
        if verb in ("is-active", "is-enabled", "is-failed"):
            return self._ask(verb, names, quiet=bool({"--quiet", "-q"} & set(options)))
        if verb == "show":
            return self._show(names, options)
        if verb in _JOBS:
            return await self._jobs(verb, names, options)
        raise ValueError(f"Unknown command verb {verb}.")

    async def _enable(self, verb: str, names: Sequence[str], *, now: bool) -> Answer:
        for name in names:
            running = self._manager.require(name)
            self._manager.enable(running.unit, on=verb == "enable")
            if now:
                await (self._manager.start(running) if verb == "enable" else running.stop())
        return Answer()

    def _ask(self, verb: str, names: Sequence[str], *, quiet: bool) -> Answer:
        states = []
        for name in names:
            if verb == "is-enabled":
                states.append("enabled" if self._manager.is_enabled(name) else "disabled")
                continue
            try:
                states.append(_active(self._manager.require(name)))
            except LookupError:
                states.append("inactive")
        wanted = {"is-active": "active", "is-enabled": "enabled", "is-failed": "failed"}[verb]
        status = 0 if wanted in states else {"is-active": 3}.get(verb, 1)
        return Answer(status, "" if quiet else "".join(f"{state}\n" for state in states))

    def _show(self, names: Sequence[str], options: Sequence[str]) -> Answer:
        wanted = [o.partition("=")[2] for o in options if o.startswith("--property=")]
        keys = [key for value in wanted for key in value.split(",")]
        lines = []
        for name in names:
            facts = self._facts(name)
            unknown = [key for key in keys if key not in facts]
            if unknown:
                raise ValueError(f"this machine's systemctl does not know {', '.join(unknown)}")
            lines += [
                facts[key] if "--value" in options else f"{key}={facts[key]}"
                for key in keys or facts
            ]
        return Answer(0, "".join(f"{line}\n" for line in lines))

    def _facts(self, name: str) -> dict[str, str]:
        try:
            running = self._manager.require(name)
        except LookupError:
            return {"LoadState": "not-found", "ActiveState": "inactive", "NeedDaemonReload": "no"}
        is_enabled = self._manager.is_enabled(running.unit.name)
        facts = {
            "Id": running.unit.name,
            "LoadState": "bad-setting" if running.unit.errors else "loaded",
            "ActiveState": _active(running),
            "UnitFileState": "enabled" if is_enabled else "disabled",
            "NeedDaemonReload": "yes" if running.unit.changed_on_disk else "no",
        }
        if isinstance(running, Service):
            facts |= {
                "SubState": running.sub,
                "Result": running.result,
                "MainPID": str(running.main_pid),
                "NRestarts": str(running.restarts),
                "ExecMainStatus": str(running.exit_status),
            }
        return facts

    async def _jobs(self, verb: str, names: Sequence[str], options: Sequence[str]) -> Answer:
        if not names:
            raise ValueError("Too few arguments.")
        if verb == "status":
            return self._status(names)
        for name in names:
            job = self._job(verb, self._manager.require(name), options)
            if "--no-block" in options:
                task = asyncio.create_task(self._quietly(name, job))
                self._background.add(task)
                task.add_done_callback(self._background.discard)
            else:
                await job
        return Answer()

    async def _quietly(self, name: str, job: Awaitable[None]) -> None:
        try:
            await job
        except (JobFailed, ValueError) as error:
            self._journal.write(name, str(error))

    async def _job(self, verb: str, running: Service | Timer, options: Sequence[str]) -> None:
        is_up = _active(running) == "active"
        if verb in ("stop", "restart") or (verb == "try-restart" and is_up):
            await running.stop()
        if verb in ("start", "restart") or (verb == "try-restart" and is_up):
            await self._manager.start(running)
        if isinstance(running, Service):
            if verb == "reload":
                await running.reload()
            elif verb == "reset-failed":
                running.reset_failed()
            elif verb == "kill":
                wanted = [o.partition("=")[2] for o in options if o.startswith("--signal=")]
                name = wanted[0].removeprefix("SIG") if wanted else "TERM"
                running.kill(signal.Signals[f"SIG{name}"])

    def _status(self, names: Sequence[str]) -> Answer:
        lines, status = [], 0
        for name in names:
            running = self._manager.require(name)
            state = _active(running)
            status = status or (0 if state == "active" else 3)
            title = running.unit.last("Unit", "Description", running.unit.name)
            lines.append(f"● {running.unit.name} - {title}\n     Active: {state}\n")
        return Answer(status, "".join(lines))


def _active(running: Service | Timer) -> str:
    if isinstance(running, Service):
        return running.active
    return "active" if running.active else "inactive"


_VALUE_OPTIONS = {
    "-p": "--property",
    "--property": "--property",
    "-s": "--signal",
    "--signal": "--signal",
    "-n": "--lines",
}
_FLAGS = {"--now", "--quiet", "-q", "--no-block", "--value", "--no-pager", "--full", "--system"}


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    options, words = [], []
    rest = iter(arguments)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in _VALUE_OPTIONS:
            options.append(f"{_VALUE_OPTIONS[name]}={value if equals else next(rest, '')}")
        elif word in _FLAGS:
            options.append(word)
        elif word.startswith("-"):
            raise ValueError(f"systemctl: this machine's stand-in does not know {word}")
        else:
            words.append(word)
    return options, words
