"""The notebook server as a service of the machine."""

from __future__ import annotations

import sys

from .commands import run
from .configuration import SOURCE, read_machine
from .files import render
from .layout import Layout
from .services import ServiceManager
from .users import NotebookUser

SERVICE = "notebook"
COMPILE_SERVICE = "notebook-compile"

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"


def ensure_service(
    user: NotebookUser, layout: Layout, services: ServiceManager, *, stale: bool
) -> bool:
    """Have the server run now and after every boot.

    `stale` says that files which the server reads at its start have changed, so it is restarted.
    """
    label_files(layout)
    unit = services.unit(SERVICE)
    definition = _definition(SERVICE, user, layout, services)
    changed = services.ensure_installed(layout.units, unit, definition)
    changed |= services.ensure_enabled(unit)
    return services.ensure_running(unit, restart=changed or stale) or changed


def label_files(layout: Layout) -> None:
    """Give our files the labels of their folders, where SELinux is on (openSUSE Leap 16).

    uv's files are hard links to its cache in a home folder, whose label a service may not run.
    """
    if (layout.root / "sys/fs/selinux/enforce").exists():
        run(["restorecon", "-R", layout.base, layout.settings, layout.state])


def begin_compiling(user: NotebookUser, layout: Layout, services: ServiceManager) -> None:
    """Compile the environment's modules in the background."""
    unit = services.unit(COMPILE_SERVICE)
    definition = _definition(COMPILE_SERVICE, user, layout, services)
    services.ensure_installed(layout.units, unit, definition)
    services.begin(unit)


def _definition(name: str, user: NotebookUser, layout: Layout, services: ServiceManager) -> str:
    file = SOURCE / "assets" / services.folder / services.unit(name)
    values = {
        "user": user.name,
        "work": layout.work,
        "home": layout.home,
        "environment": layout.environment,
        "python": layout.python,
        # A running server must not import half of a newer version, so not the link.
        "server_python": layout.python_of(layout.server.resolve()),
        "uv": layout.uv_program.parent,
        "machine_python": sys.executable,
        "settings": layout.settings,
        "configuration": layout.jupyter_configuration,
        "state": layout.state,
        "library": layout.library,
        "runtime": layout.runtime,
        "path": _PATH,
        "zone": _zone(layout),
    }
    escaped = {key: services.escaped(str(value)) for key, value in values.items()}
    return render(file.read_text(encoding="utf-8"), escaped)


def _zone(layout: Layout) -> str:
    """Return the owner's time zone, "" (UTC) if it is unknown."""
    try:
        return str(read_machine(layout).get("zone", ""))
    except (OSError, ValueError):
        return ""
