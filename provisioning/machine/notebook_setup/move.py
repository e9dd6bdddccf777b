"""Moving a machine over from an older version of the bot to the access list of root.

The server must be restarted for that, which ends kernels and terminals. So a machine moves over at
an `admit` while nothing runs on it, as after each start. Until then its older identity provider
goes on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .commands import log
from .configuration import ensure_jupyter_settings, ensure_library, ensure_probe
from .errors import SetUpError
from .identity import is_former
from .layout import Layout
from .probe import Probe
from .server import SERVICE
from .services import ServiceManager
from .users import NotebookUser

_NOT_WORK = frozenset({"server", "attendant", "upkeep"})


def move_over(user: NotebookUser, layout: Layout, probe: Probe, services: ServiceManager) -> bool:
    """Move the machine over, unless it has moved or something runs; return whether it moved.

    A run that was killed before the restart is continued.
    """
    if is_former(layout):
        if _has_work(user, probe):
            return False
        user.ensure()
        ensure_library(layout, all_of_it=True)
        ensure_jupyter_settings(layout)
        layout.restart_due.touch()
        ensure_probe(layout)
    if not layout.restart_due.exists():
        return False
    services.ensure_running(services.unit(SERVICE), restart=True)
    layout.restart_due.unlink(missing_ok=True)
    return True


def _has_work(user: NotebookUser, probe: Probe) -> bool:
    """Return whether a kernel, a terminal or another program of members runs, or it is unknown."""
    try:
        with ThreadPoolExecutor() as pool:
            found = probe.begin(user.name, pool).processes()
    except (SetUpError, OSError, ValueError, KeyError) as error:
        log(f"The machine does not move over yet: {error!r}")
        return True
    return any(each["kind"] not in _NOT_WORK for each in found)
