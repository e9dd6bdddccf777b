"""The service manager of a machine: its units, and what `systemctl` asks of them."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.service import JobFailed, Service
from bot.sandbox.machines.process.timers import Timer
from bot.sandbox.machines.process.units import Unit, load

DEFAULT_TARGET = "multi-user.target"


@dataclass(frozen=True)
class Answer:
    """How a command of the machine ended."""

    status: int = 0
    stdout: str = ""
    stderr: str = ""


class Manager:
    """All units that were asked for since the boot."""

    def __init__(self, host: Host, reboot: Callable[[], None]) -> None:
        self._host = host
        self._reboot = reboot
        self._units: dict[str, Service | Timer] = {}
        self._booted = time.monotonic()
        self._background: set[asyncio.Task[None]] = set()

    @property
    def _folders(self) -> list[Path]:
        root = self._host.tree.root
        return [root / "etc/systemd/system", root / "usr/lib/systemd/system"]

    def add(self, service: Service) -> None:
        """A unit that init itself is."""
        self._units[service.unit.name] = service

    async def boot(self) -> None:
        """Start what is enabled, in the order of After=."""
        wants = self._folders[0] / f"{DEFAULT_TARGET}.wants"
        names = sorted(path.name for path in wants.glob("*")) if wants.is_dir() else []
        for name in sorted(names, key=lambda name: self._depth(name, set(names), ())):
            try:
                await self._start(self._require(name))
            except (JobFailed, LookupError, ValueError) as error:
                self._host.journal.write(name, str(error))

    async def _start(self, running: Service | Timer, seen: tuple[str, ...] = ()) -> None:
        """Start a unit after what it wants and requires; targets are always reached."""
        unit = running.unit
        seen = (*seen, unit.name)
        for key in ("Wants", "Requires"):
            for name in unit.words("Unit", key):
                if name in seen or name.endswith(".target"):
                    continue
                try:
                    await self._start(self._require(name), seen)
                except (JobFailed, LookupError) as error:
                    self._host.journal.write(name, str(error))
                    if key == "Requires":
                        raise JobFailed(f"A dependency job for {unit.name} failed.") from error
        await running.start()

    def _depth(self, name: str, names: set[str], seen: tuple[str, ...]) -> int:
        unit = load(name, self._folders)
        before = set(unit.words("Unit", "After")) & names - {name, *seen} if unit else set()
        return 1 + max((self._depth(each, names, (*seen, name)) for each in before), default=0)

    async def shut_down(self) -> None:
        """Stop every unit."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*(unit.stop() for unit in self._units.values()))

    def _require(self, name: str) -> Service | Timer:
        full = name if "." in name else f"{name}.service"
        if full not in self._units:
            unit = load(full, self._folders)
            if unit is None:
                raise LookupError(f"Unit {full} could not be found.")
            self._note(unit)
            self._units[full] = self._make(unit)
        return self._units[full]

    def _note(self, unit: Unit) -> None:
        for message in (*unit.warnings, *unit.errors):
            self._host.journal.write(unit.name, message)

    def _make(self, unit: Unit) -> Service | Timer:
        if unit.name.endswith(".timer"):
            return Timer(unit, self._start_by_timer, self._booted)
        return Service(unit, self._host)

    async def _start_by_timer(self, name: str) -> None:
        try:
            await self._start(self._require(name))
        except (JobFailed, LookupError) as error:
            self._host.journal.write(name, str(error))

    async def systemctl(self, arguments: Sequence[str]) -> Answer:
        """One call of the program. What it does not know it refuses."""
        try:
            return await self._systemctl(arguments)
        except JobFailed as error:
            return Answer(1, "", f"{error}\n")
        except LookupError as error:
            return Answer(5, "", f"Failed: {error.args[0]}\n")
        except ValueError as error:
            return Answer(1, "", f"{error}\n")

    async def _systemctl(self, arguments: Sequence[str]) -> Answer:
        options, words = _split(arguments)
        if not words:
            raise ValueError("systemctl: this machine's stand-in needs a verb")
        verb, names = words[0], words[1:]
        simple: dict[str, Callable[[], Awaitable[Answer]]] = {
            "daemon-reload": self._daemon_reload,
            "reboot": self._do_reboot,
        }
        if verb in simple:
            return await simple[verb]()
        if verb in ("enable", "disable"):
            return await self._enable(verb, names, now="--now" in options)
        if verb in ("is-active", "is-enabled", "is-failed"):
            return self._ask(verb, names, quiet=bool({"--quiet", "-q"} & set(options)))
        if verb == "show":
            return self._show(names, options)
        if verb in ("start", "stop", "restart", "reload", "try-restart", "kill", "status",
                    "reset-failed"):  # fmt: skip
            return await self._jobs(verb, names, options)
        raise ValueError(f"Unknown command verb {verb}.")

    async def _daemon_reload(self) -> Answer:
        for name, running in list(self._units.items()):
            unit = load(name, self._folders)
            if unit is not None:
                self._note(unit)
                running.unit = unit
                if isinstance(running, Service):
                    running.reread(unit)
        return Answer()

    async def _do_reboot(self) -> Answer:
        self._reboot()
        return Answer()

    async def _enable(self, verb: str, names: Sequence[str], *, now: bool) -> Answer:
        for name in names:
            running = self._require(name)
            for target in running.unit.words("Install", "WantedBy"):
                link = self._folders[0] / f"{target}.wants" / running.unit.name
                if verb == "enable":
                    link.parent.mkdir(parents=True, exist_ok=True)
                    if not link.is_symlink():
                        link.symlink_to(running.unit.path)
                else:
                    link.unlink(missing_ok=True)
            if now:
                await (self._start(running) if verb == "enable" else running.stop())
        return Answer()

    def _is_enabled(self, name: str) -> bool:
        full = name if "." in name else f"{name}.service"
        return any(self._folders[0].glob(f"*.wants/{full}"))

    def _ask(self, verb: str, names: Sequence[str], *, quiet: bool) -> Answer:
        states = []
        for name in names:
            if verb == "is-enabled":
                states.append("enabled" if self._is_enabled(name) else "disabled")
                continue
            try:
                states.append(_active(self._require(name)))
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
            running = self._require(name)
        except LookupError:
            return {"LoadState": "not-found", "ActiveState": "inactive", "NeedDaemonReload": "no"}
        facts = {
            "Id": running.unit.name,
            "LoadState": "bad-setting" if running.unit.errors else "loaded",
            "ActiveState": _active(running),
            "UnitFileState": "enabled" if self._is_enabled(running.unit.name) else "disabled",
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
            job = self._job(verb, self._require(name), options)
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
            self._host.journal.write(name, str(error))

    async def _job(self, verb: str, running: Service | Timer, options: Sequence[str]) -> None:
        is_up = _active(running) == "active"
        if verb in ("stop", "restart") or (verb == "try-restart" and is_up):
            await running.stop()
        if verb in ("start", "restart") or (verb == "try-restart" and is_up):
            await self._start(running)
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
            running = self._require(name)
            state = _active(running)
            status = status or (0 if state == "active" else 3)
            title = running.unit.last("Unit", "Description", running.unit.name)
            lines.append(f"● {running.unit.name} - {title}\n     Active: {state}\n")
        return Answer(status, "".join(lines))


def _active(running: Service | Timer) -> str:
    if isinstance(running, Service):
        return running.active
    return "active" if running.active else "inactive"


_VALUE_OPTIONS = {"-p": "--property", "--property": "--property", "-s": "--signal",
                  "--signal": "--signal", "-n": "--lines"}  # fmt: skip
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
