"""The notebook user on Windows, and running programs as this user.

The account's password is random and stored nowhere. So a program runs as this user by a scheduled
task, with files for its input and output.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..commands import log
from ..configuration import SOURCE
from ..errors import CommandError, SetUpError
from ..files import ensure_tree
from ..layout import Layout
from .layout import WindowsLayout
from .powershell import USERS, has_changed, run_script, set_access

_LEFT_BEHIND = 86_400.0
"""Seconds after which files of a killed run are removed; they may contain a password's hash."""


class WindowsUser:
    """A local account that is no administrator."""

    def __init__(self, name: str, layout: Layout) -> None:
        if not isinstance(layout, WindowsLayout):
            raise TypeError("WindowsUser needs a WindowsLayout")
        self.name = name
        self._layout = layout

    def ensure(self) -> bool:
        """Create the account, and set the access of each folder."""
        layout = self._layout
        # The password policy of Windows requires all four kinds of characters.
        password = f"{secrets.token_urlsafe(32)}-aA1"
        changed = has_changed(run_script("user", "-Name", self.name, stdin=f"{password}\n"))
        changed |= self._ensure_folder(layout.base, f"{USERS}:RX")
        for private in (layout.private, layout.exchange):
            changed |= self._ensure_folder(private)
        changed |= self._ensure_folder(layout.access, f"{self.name}:RX")
        self._forget_leftovers()
        for own in (layout.home, layout.state, layout.runtime):
            changed |= self.own(own)
        # The program that runs the requests must exist before the first request.
        return ensure_tree(SOURCE / "as_user", layout.library / "as_user") or changed

    def own(self, folder: Path) -> bool:
        """Make the folder, and give this user every right to it."""
        return self._ensure_folder(folder, f"{self.name}:F")

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program by a scheduled task of its own.

        Only this user and the administrators may open the folder with input and output, which is
        removed afterwards.
        """
        words = [str(word) for word in argv]
        log(f"+ {' '.join(words)}  (as {self.name})")
        name = f"notebook-run-{secrets.token_hex(8)}"
        folder = self._layout.exchange / name
        try:
            self._ensure_folder(folder, f"{self.name}:F")
            request = {"argv": words, "env": {**self._own(), **(env or {})}, "stdin": stdin}
            (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
            result = self._start(name, folder)
            answer = self._answer(folder, result)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.CompletedProcess(words, *answer)
        for line in done.stderr.splitlines():
            log(f"  {line}")
        if done.returncode != 0:
            raise CommandError(Path(words[0]).name, done.returncode, done.stdout + done.stderr)
        return done

    def _start(self, name: str, folder: Path) -> str:
        program = self._layout.library / "as_user/request.py"
        account = ["-Name", name, "-User", self.name, "-Python", sys.executable]
        places: list[str | Path] = ["-Subject", folder, "-Directory", self._layout.home]
        result: list[str | Path] = ["-Result", folder / "answer.json"]
        return run_script("run_as", *account, "-Script", program, *places, *result)

    def _answer(self, folder: Path, result: str) -> tuple[int, str, str]:
        try:
            answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SetUpError(
                f"Windows could not run a program as the user {self.name} (the scheduled task's "
                f"result is {result or 'unknown'})."
            ) from None
        return int(answer["status"]), str(answer["stdout"]), str(answer["stderr"])

    def _forget_leftovers(self) -> None:
        """Remove the files of killed runs; a folder of a running program is never that old."""
        for folder in self._layout.exchange.iterdir():
            if time.time() - folder.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)

    def _own(self) -> dict[str, str]:
        """Return the environment variables that name this user's folders."""
        home = self._layout.home
        local = home / "AppData/Local"
        return {
            "HOME": str(home),
            "USERPROFILE": str(home),
            "APPDATA": str(home / "AppData/Roaming"),
            "LOCALAPPDATA": str(local),
            "TEMP": str(local / "Temp"),
            "TMP": str(local / "Temp"),
        }

    def _ensure_folder(self, folder: Path, *entries: str) -> bool:
        is_new = not folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        set_access(folder, *entries)
        return is_new
