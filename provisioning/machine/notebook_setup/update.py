"""Bringing a machine to the bot's present version: the server's environment, programs, settings.

The new environment is installed beside the present one and tried there. Only a server that answers
replaces the present one, which is kept. A machine of an older version, with one environment for
all, gets its two environments here, and the access list of root.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from .adapters import Adapters
from .certificate import leaf, trusting
from .commands import log
from .configuration import (
    SOURCE,
    ensure_fonts,
    ensure_jupyter_settings,
    ensure_library,
    ensure_probe,
    jupyter_settings,
    note_zone,
    read_machine,
)
from .environment import switch
from .errors import SetUpError
from .files import ensure_file, ensure_tree
from .kernel_environment import OwnPackages, renew_kernels
from .layout import Layout
from .logs import without_secrets
from .probe import Probe
from .server import SERVICE, begin_compiling, ensure_service
from .server_environment import install_server
from .specification import zone_in
from .users import NotebookUser
from .version import version_of

TRIAL_SECONDS = 90.0
"""Time for a server's start on a small and busy machine, with modules that no cache has yet."""
ANSWER_SECONDS = 90.0
_NOT_WORK = frozenset({"server", "attendant", "upkeep"})
_DIST = re.compile(r"jupyterlab-([0-9][\w.]*)\.dist-info")


@dataclass(frozen=True)
class Update:
    """One update of one machine.

    `despite_work`: the server is restarted even while kernels or programs of members run. `zone` is
    the owner's time zone, "" if it stays as it is.
    """

    user: NotebookUser
    layout: Layout
    adapters: Adapters
    despite_work: bool
    zone: str = ""

    @classmethod
    def asked(
        cls, data: Mapping[str, Any], user: NotebookUser, layout: Layout, adapters: Adapters
    ) -> Update:
        """Return the requested update. Raises `SpecificationError` for a wrong field."""
        return cls(user, layout, adapters, data.get("despite_work") is True, zone_in(data))

    def run(self) -> dict[str, Any]:
        """Bring the machine up to date, and return what was done.

        `state` is one of these:
        - "current": nothing was to be done;
        - "updated": the new version runs;
        - "busy": the new version is installed, and waits for a moment without work;
        - "kept": the new version does not work here, so the former one goes on; `log` has its last
          lines.
        """
        layout = self.layout
        if is_current(layout):
            return self._report("current")
        try:
            self.adapters.system.ensure_uv(layout, SOURCE / "uv.lock.txt")
            folder = install_server(layout, SOURCE / "server.lock")
        except SetUpError as error:
            log(error.detail)
            return self._report("kept", log=without_secrets([error.reason]))
        lines = tried(self.user, layout, folder)
        if lines is not None:
            return self._report("kept", log=lines)
        if not self.despite_work and has_work(self.user, self.adapters.system.probe):
            return self._report("busy")
        return self._switch(folder)

    def _switch(self, folder: Path) -> dict[str, Any]:
        user, layout, services = self.user, self.layout, self.adapters.services
        layout.restart_due.touch()
        user.ensure()
        self.adapters.packages.spare_services(layout.root)
        ensure_library(layout, all_of_it=True)
        own = OwnPackages()
        if not layout.environment.is_symlink():
            own = renew_kernels(user, layout, SOURCE / "kernels.lock")
        ensure_fonts(user, layout)
        if self.zone:
            note_zone(layout, self.zone)
        before = layout.server.resolve() if layout.server.is_symlink() else None
        ensure_jupyter_settings(layout)
        ensure_probe(layout)
        switch(layout.server, folder)
        ensure_service(user, layout, services, stale=True)
        if not answers(layout, ANSWER_SECONDS):
            unit = services.unit(SERVICE)
            lines = without_secrets(services.journal(layout.units, unit, 20))
            if before is not None and before != folder:
                switch(layout.server, before)
                ensure_service(user, layout, services, stale=True)
            return self._report("kept", log=lines)
        if before is not None and before != folder:
            switch(layout.former_server, before)
        remember_version(layout)
        _forget_others(layout)
        begin_compiling(user, layout, services)
        return self._report("updated", own=own.report())

    def _report(self, state: str, **facts: object) -> dict[str, Any]:
        layout = self.layout
        return {
            "state": state,
            "jupyterlab": lab_version(layout),
            "version": present_version(layout),
            **facts,
        }


def is_current(layout: Layout) -> bool:
    """Return whether the machine has all of the present version, and the server runs it."""
    if layout.restart_due.exists() or not layout.server.exists():
        return False
    return layout.version.is_file() and layout.version.read_text() == version_of(SOURCE)


def remember_version(layout: Layout) -> None:
    """Note that the machine has the present version, and that the server runs it."""
    ensure_file(layout.version, version_of(SOURCE))
    layout.restart_due.unlink(missing_ok=True)


def present_version(layout: Layout) -> str:
    """Return the version that the machine has, "" if it is older than all versions."""
    return layout.version.read_text() if layout.version.is_file() else ""


def lab_version(layout: Layout) -> str:
    """Return the version of the JupyterLab that the server has, or ""."""
    environment = layout.server if layout.server.exists() else layout.environment
    places = ("lib/python3*/site-packages", "Lib/site-packages")
    names = [each.name for place in places for each in environment.glob(f"{place}/jupyterlab-*")]
    return next((match[1] for match in map(_DIST.fullmatch, names) if match), "")


def tried(user: NotebookUser, layout: Layout, environment: Path) -> Sequence[str] | None:
    """Start a server of this environment for a moment; return its last lines if it fails."""
    stage = layout.base / "trial"
    for name in ("notebook_identity", "notebook_execution", "as_user"):
        ensure_tree(SOURCE / name, stage / name)
    stage.chmod(0o755)
    task = {
        "python": str(layout.python_of(environment)),
        "files": jupyter_settings(layout),
        "machine": {**read_machine(layout), "library": str(stage)},
        "tls": str(layout.tls),
        "seconds": TRIAL_SECONDS,
    }
    argv: list[str | Path] = [layout.python_of(environment), "-I", stage / "as_user/trial.py"]
    try:
        result = json.loads(user.run(argv, stdin=json.dumps(task)).stdout)
    except (SetUpError, ValueError) as error:
        log(f"The trial failed: {error!r}")
        return without_secrets([str(error)])
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    for line in result["log"]:
        log(f"  {line}")
    return None if result["ok"] else without_secrets([str(each) for each in result["log"]])


def has_work(user: NotebookUser, probe: Probe) -> bool:
    """Return whether a kernel, a terminal or another program of members runs, or it is unknown."""
    try:
        with ThreadPoolExecutor() as pool:
            found = probe.begin(user.name, pool).processes()
    except (SetUpError, OSError, ValueError, KeyError) as error:
        log(f"The machine is not updated yet: {error!r}")
        return True
    return any(each["kind"] not in _NOT_WORK for each in found)


def answers(layout: Layout, seconds: float) -> bool:
    """Return whether the server answers within the seconds."""
    machine = read_machine(layout)
    host = str(machine["bind_address"])
    host = f"[{host}]" if ":" in host else host
    context = trusting(leaf(layout))
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(f"https://{host}:{machine['notebook_port']}/api", timeout=5):
                return True
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)


def _forget_others(layout: Layout) -> None:
    """Remove all environments of the server but the present one and the one before."""
    kept = {link.resolve() for link in (layout.server, layout.former_server) if link.exists()}
    for folder in layout.servers.iterdir():
        if not folder.is_symlink() and folder.resolve() not in kept:
            shutil.rmtree(folder, ignore_errors=True)
