"""The service manager of a machine: its units, and the order in which they start."""

import asyncio
import time
from pathlib import Path

from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.service import JobFailed, Service
from bot.sandbox.machines.process.timers import Timer
from bot.sandbox.machines.process.units import Unit, load

DEFAULT_TARGET = "multi-user.target"


class Manager:
    """The units that have been used since the boot."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._units: dict[str, Service | Timer] = {}
        self._booted = time.monotonic()

    @property
    def _folders(self) -> list[Path]:
        root = self._host.tree.root
        return [root / "etc/systemd/system", root / "usr/lib/systemd/system"]

    def add(self, service: Service) -> None:
        """Add a unit that init itself serves."""
        self._units[service.unit.name] = service

    async def boot(self) -> None:
        """Start the enabled units in the order of After=."""
        wants = self._folders[0] / f"{DEFAULT_TARGET}.wants"
        names = sorted(path.name for path in wants.glob("*")) if wants.is_dir() else []
        for name in sorted(names, key=lambda name: self._depth(name, set(names), ())):
            try:
                await self.start(self.require(name))
            except (JobFailed, LookupError, ValueError) as error:
                self._host.journal.write(name, str(error))

    async def start(self, running: Service | Timer, seen: tuple[str, ...] = ()) -> None:
        """Start a unit after the units that it wants and requires.

        Targets are always reached. Raise JobFailed if the unit or a required one does not start.
        """
        unit = running.unit
        seen = (*seen, unit.name)
        for key in ("Wants", "Requires"):
            for name in unit.words("Unit", key):
                if name in seen or name.endswith(".target"):
                    continue
                try:
                    await self.start(self.require(name), seen)
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
        await asyncio.gather(*(unit.stop() for unit in self._units.values()))

    def require(self, name: str) -> Service | Timer:
        """Return the unit of that name. Raise LookupError if it has no file."""
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
            await self.start(self.require(name))
        except (JobFailed, LookupError) as error:
            self._host.journal.write(name, str(error))

    def reload(self) -> None:
        """Read all unit files again."""
        for name, running in list(self._units.items()):
            unit = load(name, self._folders)
            if unit is not None:
                self._note(unit)
                running.unit = unit
                if isinstance(running, Service):
                    running.reread(unit)

    def enable(self, unit: Unit, *, on: bool) -> None:
        """Make a boot start the unit, or no longer start it."""
        for target in unit.words("Install", "WantedBy"):
            link = self._folders[0] / f"{target}.wants" / unit.name
            if not on:
                link.unlink(missing_ok=True)
            elif not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(unit.path)

    def is_enabled(self, name: str) -> bool:
        """Return whether a boot starts the unit."""
        full = name if "." in name else f"{name}.service"
        return any(self._folders[0].glob(f"*.wants/{full}"))
