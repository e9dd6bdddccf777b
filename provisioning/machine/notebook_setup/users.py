"""The notebook user: the account that the notebooks run as, and the folders it owns."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .commands import run
from .errors import CommandError
from .files import ensure_directory
from .layout import Layout

_NO_SUCH_KEY = 2  # getent(1)


class NotebookUser(Protocol):
    """An unprivileged account of the operating system."""

    @property
    def name(self) -> str:
        """The account's name."""
        ...

    def ensure(self) -> bool:
        """Create the account and the folders it owns, without a password or other rights."""
        ...

    def own(self, folder: Path) -> bool:
        """Create a folder that this user may change and the machine's users may read."""
        ...

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, in its home. Raises as `commands.run` does."""
        ...


class UnixUser:
    """The notebook user on Linux."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self._layout = layout

    def ensure(self) -> bool:
        """Create the account with `useradd` and the folders it owns."""
        name, layout = self.name, self._layout
        changed = ensure_directory(layout.base)
        if run(["getent", "passwd", name], ok=(0, _NO_SUCH_KEY)).returncode == _NO_SUCH_KEY:
            shell = "--shell /bin/bash --user-group --comment Notebooks".split()
            run(["useradd", "--create-home", "--home-dir", layout.home, *shell, name])
            changed = True
        changed |= ensure_directory(layout.settings)
        changed |= ensure_directory(layout.access, 0o750, f"root:{name}")
        for folder in (layout.home, layout.state):
            changed |= ensure_directory(folder, 0o700, f"{name}:{name}")
        return changed

    def own(self, folder: Path) -> bool:
        """Make the folder with mode 0755 and this user as its owner."""
        return ensure_directory(folder, 0o755, f"{self.name}:{self.name}")

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program with `runuser` and this user's home."""
        name = self.name
        own = {"HOME": str(self._layout.home), "USER": name, "LOGNAME": name, **(env or {})}
        try:
            return run(["runuser", "-u", name, "--", *argv], stdin=stdin, env=own)
        except CommandError as error:
            program = next(str(word) for word in argv)
            raise CommandError(Path(program).name, error.status, error.detail) from None
