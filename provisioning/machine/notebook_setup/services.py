"""Services, by the machine's service manager."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .commands import run
from .files import ensure_file

_ANY_STATUS = range(256)  # a "no" is a status too, and which one differs


class ServiceManager(Protocol):
    """One operating system's way to keep programs running. `folder`, below the assets, holds
    its definitions."""

    folder: str

    def unit(self, name: str) -> str:
        """The file name of a service's definition."""
        ...

    def escaped(self, value: str) -> str:
        """A value as a definition takes it."""
        ...

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Put the definition there, and make the manager know it."""
        ...

    def ensure_enabled(self, name: str) -> bool:
        """Have it start at boot."""
        ...

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """Have it run; anew if `restart`."""
        ...

    def reload(self, name: str) -> None:
        """Have it read its files again, without an interruption of what it does."""
        ...

    def begin(self, name: str) -> None:
        """Start it and don't wait."""
        ...


class Systemd:
    """Linux's."""

    folder = "."

    def unit(self, name: str) -> str:
        """A unit file."""
        return f"{name}.service"

    def escaped(self, value: str) -> str:
        """A percent sign would begin a specifier."""
        return value.replace("%", "%%")

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Write the unit file and have it read."""
        changed = ensure_file(units / name, definition)
        if changed or self._property(name, "NeedDaemonReload") == "yes":
            run(["systemctl", "daemon-reload"])
        return changed

    def ensure_enabled(self, name: str) -> bool:
        """`systemctl enable`, unless it is."""
        if self._is("enabled", name):
            return False
        run(["systemctl", "enable", "--quiet", name])
        return True

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """`systemctl start` or `restart`."""
        if (
            not restart
            and run(["systemctl", "is-active", "--quiet", name], ok=range(16)).returncode == 0
        ):
            return False
        run(["systemctl", "restart" if restart else "start", name])
        return True

    def reload(self, name: str) -> None:
        """`systemctl reload`."""
        run(["systemctl", "reload", name])

    def begin(self, name: str) -> None:
        """`systemctl start --no-block`."""
        run(["systemctl", "start", "--no-block", name])

    def _is(self, state: str, name: str) -> bool:
        argv = ["systemctl", f"is-{state}", "--quiet", name]
        return run(argv, ok=_ANY_STATUS).returncode == 0

    def _property(self, name: str, key: str) -> str:
        argv = ["systemctl", "show", "--property", key, "--value", name]
        return run(argv, ok=_ANY_STATUS).stdout.strip()
