"""The user that the notebooks run as, and the folders that are its own."""

from __future__ import annotations

from .commands import run
from .files import ensure_directory
from .layout import Layout

_NO_SUCH_KEY = 2  # getent(1)


def ensure_user(name: str, layout: Layout) -> bool:
    """The user with its home, without a password and without rights of any other kind."""
    changed = ensure_directory(layout.base)
    if run(["getent", "passwd", name], ok=(0, _NO_SUCH_KEY)).returncode == _NO_SUCH_KEY:
        run(
            ["useradd", "--create-home", "--home-dir", layout.home, "--shell", "/bin/bash",
             "--user-group", "--comment", "Notebooks", name]
        )  # fmt: skip
        changed = True
    for folder in (layout.home, layout.state):
        changed |= ensure_directory(folder, 0o700, name)
    return changed | ensure_directory(layout.environment, 0o755, name)
