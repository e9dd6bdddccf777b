"""Services of the machine, by its service manager."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .commands import run
from .files import ensure_file

_ANY_STATUS = range(256)  # "no" has different statuses in different versions


class ServiceManager(Protocol):
    """The service manager of one operating system, which keeps programs running.

    `folder`, below the assets, holds the definitions of the services.
    """

    folder: str

    def unit(self, name: str) -> str:
        """Return the file name of a service's definition."""
        ...

    def escaped(self, value: str) -> str:
        """Return a value in the form in which a definition may contain it."""
        ...

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Write the definition, and have the service manager read it."""
        ...

    def ensure_enabled(self, name: str) -> bool:
        """Have the service start at boot."""
        ...

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """Start the service, or restart it if `restart`."""
        ...

    def reload(self, name: str) -> None:
        """Have the service read its files again, without interrupting its work."""
        ...

    def begin(self, name: str) -> None:
        """Start the service without waiting for it."""
        ...

    def journal(self, units: Path, name: str, lines: int) -> list[str]:
        """Return the last lines of the service's output, oldest first."""
        ...


class Systemd:
    """systemd, on Linux."""

    folder = "."

    def unit(self, name: str) -> str:
        """Return the name of the unit file."""
        return f"{name}.service"

    def escaped(self, value: str) -> str:
        """Return the value with doubled percent signs: a single one begins a specifier."""
        return value.replace("%", "%%")

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Write the unit file, and run `systemctl daemon-reload`."""
        changed = ensure_file(units / name, definition)
        if changed or self._property(name, "NeedDaemonReload") == "yes":
            run(["systemctl", "daemon-reload"])
        return changed

    def ensure_enabled(self, name: str) -> bool:
        """Run `systemctl enable`, unless the unit is enabled."""
        if self._is("enabled", name):
            return False
        run(["systemctl", "enable", "--quiet", name])
        return True

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """Run `systemctl start` or `systemctl restart`."""
        if (
            not restart
            and run(["systemctl", "is-active", "--quiet", name], ok=range(16)).returncode == 0
        ):
            return False
        run(["systemctl", "restart" if restart else "start", name])
        return True

    def reload(self, name: str) -> None:
        """Run `systemctl reload`."""
        run(["systemctl", "reload", name])

    def begin(self, name: str) -> None:
        """Run `systemctl start --no-block`."""
        run(["systemctl", "start", "--no-block", name])

    def journal(self, units: Path, name: str, lines: int) -> list[str]:
        """Return the last lines of the unit's journal, with times."""
        argv = ["journalctl", "-q", "-u", name, "-n", str(lines), "--no-pager", "-o", "short-iso"]
        return run(argv).stdout.splitlines()

    def _is(self, state: str, name: str) -> bool:
        argv = ["systemctl", f"is-{state}", "--quiet", name]
        return run(argv, ok=_ANY_STATUS).returncode == 0

    def _property(self, name: str, key: str) -> str:
        argv = ["systemctl", "show", "--property", key, "--value", name]
        return run(argv, ok=_ANY_STATUS).stdout.strip()
