"""Repairing a machine after something that its members have done to it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .adapters import Adapters
from .commands import log
from .configuration import (
    SOURCE,
    ensure_fonts,
    ensure_jupyter_settings,
    ensure_library,
    ensure_probe,
)
from .errors import SetUpError
from .kernel_environment import OwnPackages, renew_kernels
from .layout import Layout
from .logs import without_secrets
from .server import SERVICE, begin_compiling, ensure_service
from .update import ANSWER_SECONDS, Update, answers, present_version
from .users import NotebookUser

_MOST_NAMED = 10
_SEARCH_SECONDS = 2.0
_DEEPEST = 3


@dataclass(frozen=True)
class Repair:
    """One repair of one machine, which ends all kernels and terminals."""

    user: NotebookUser
    layout: Layout
    adapters: Adapters

    def run(self) -> dict[str, Any]:
        """Bring the machine up to date, make the kernels' environment anew, and restart the server.

        Returns:
            - `own`: the member's own packages, kept and lost;
            - `refused`: why the kernels' environment is still the present one, or "";
            - `hiding`: files of members with the name of a standard module;
            - `version`: the version that the machine has;
            - `log`: the server's last lines if it does not answer, else none.
        """
        user, layout, services = self.user, self.layout, self.adapters.services
        user.ensure()
        _open_to_its_owner(layout.work)
        ensure_library(layout)
        done = Update(user, layout, self.adapters, despite_work=True).run()
        own, refused = done.get("own", OwnPackages().report()), ""
        if done["state"] != "updated" or not (own["kept"] or own["lost"]):
            own, refused = self._kernels()
        ensure_library(layout, all_of_it=True)
        ensure_jupyter_settings(layout)
        ensure_probe(layout)
        ensure_service(user, layout, services, stale=True)
        lines: list[str] = []
        if not answers(layout, ANSWER_SECONDS):
            lines = services.journal(layout.units, services.unit(SERVICE), 20)
        begin_compiling(user, layout, services)
        found = {"own": own, "refused": refused, "hiding": hiding_files(layout.work)}
        return {**found, "version": present_version(layout), "log": without_secrets(lines)}

    def _kernels(self) -> tuple[dict[str, object], str]:
        try:
            own = renew_kernels(self.user, self.layout, SOURCE / "kernels.lock")
            ensure_fonts(self.user, self.layout)
        except SetUpError as error:
            log(error.detail)
            return OwnPackages().report(), without_secrets([error.reason])[0]
        return own.report(), ""


def _open_to_its_owner(folder: Path) -> None:
    """Let the owner of the folder use it again. Root follows no link of a member's for that."""
    if sys.platform == "win32" or not folder.is_dir():
        return
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:  # a link, which stays as it is
        log(f"The work folder is left as it is: {error!r}")
        return
    try:
        os.fchmod(opened, os.fstat(opened).st_mode & 0o777 | 0o700)
    finally:
        os.close(opened)


def hiding_files(work: Path) -> list[str]:
    """Return the paths of members' modules that have the name of a standard module.

    A program that lies beside such a file imports the file instead.
    """
    standard: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
    found: list[str] = []
    deadline = time.monotonic() + _SEARCH_SECONDS
    for folder, folders, files in os.walk(work):
        here = Path(folder).relative_to(work)
        if "__init__.py" in files and here.name in standard:
            found.append(here.as_posix())
        found += [
            (here / name).as_posix()
            for name in files
            if name.endswith(".py") and name[:-3] in standard
        ]
        is_deep = len(here.parts) >= _DEEPEST
        folders[:] = [] if is_deep else [name for name in folders if not name.startswith(".")]
        if time.monotonic() > deadline:
            break
    return sorted(found)[:_MOST_NAMED]
