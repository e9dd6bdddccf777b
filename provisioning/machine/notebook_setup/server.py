"""The notebook server as a service."""

from __future__ import annotations

from .configuration import SOURCE
from .files import render
from .layout import Layout
from .services import ServiceManager

UNIT = "notebook.service"
COMPILE_UNIT = "notebook-compile.service"

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"


def ensure_service(user: str, layout: Layout, services: ServiceManager, *, stale: bool) -> bool:
    """The server runs, now and after a boot; `stale` if what it read at its start has changed."""
    changed = services.ensure_installed(layout.units, UNIT, _definition(UNIT, user, layout))
    changed |= services.ensure_enabled(UNIT)
    return services.ensure_running(UNIT, restart=changed or stale) or changed


def begin_compiling(user: str, layout: Layout, services: ServiceManager) -> None:
    """Compile the environment's modules in the background."""
    definition = _definition(COMPILE_UNIT, user, layout)
    services.ensure_installed(layout.units, COMPILE_UNIT, definition)
    services.begin(COMPILE_UNIT)


def _definition(name: str, user: str, layout: Layout) -> str:
    template = (SOURCE / "assets" / name).read_text(encoding="utf-8")
    values = {
        "user": user,
        "work": layout.work,
        "environment": layout.environment,
        "settings": layout.settings,
        "runtime": layout.runtime,
        "path": _PATH,
    }
    return render(template, {key: str(value).replace("%", "%%") for key, value in values.items()})
