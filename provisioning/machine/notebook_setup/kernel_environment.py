"""The kernels' environment, which the notebook user owns and members change.

Each one has a folder of its own, named by a number; the link leads to the one in use, and exists
only once that one is complete. A newer lock changes no environment: its packages are the members'.
"""

from __future__ import annotations

from pathlib import Path

from .environment import newest_python, switch, uv_settings
from .files import ensure_directory, ensure_file
from .layout import Layout
from .users import NotebookUser

_LOCK = "kernels.lock"
_FORMER_LOCK = "notebook.lock"
"""The lock of a machine of an older version, which has one environment."""


def ensure_kernels(user: NotebookUser, layout: Layout, lock: Path) -> bool:
    """Make the environment with the locked packages, unless there is one with a Python."""
    if layout.environment.is_symlink() and layout.python.exists():
        return False
    make_kernels(user, layout, lock)
    return True


def make_kernels(user: NotebookUser, layout: Layout, lock: Path) -> None:
    """Make a new environment with the locked packages beside the present one, and switch to it.

    A killed run leaves its folder without a link to it, and the next run completes that folder.
    """
    link = layout.environment
    present = int(link.readlink().name) if link.is_symlink() else 0
    folder = layout.kernels / str(present + 1)
    python = layout.python_of(folder)
    ensure_directory(layout.kernels)
    user.own(folder)
    copy = layout.library / _LOCK
    ensure_file(copy, lock.read_text(encoding="utf-8"))
    again = ["--reinstall"] if python.exists() else []
    make = "venv --quiet --allow-existing --python".split()
    run_uv(user, layout, *make, newest_python(layout), folder)
    install = "pip install --quiet --require-hashes --python".split()
    run_uv(user, layout, *install, python, *again, "--requirement", copy)
    if link.is_dir() and not link.is_symlink():
        # The common environment of an older version. Its folder is the notebook user's, but the
        # folder around it is root's.
        link.rename(layout.kernels / "0")
    switch(link, folder)


def locked_packages(layout: Layout) -> Path:
    """Return the lock from which the kernels' environment was made."""
    copy = layout.library / _LOCK
    return copy if copy.is_file() else layout.library / _FORMER_LOCK


def python_version(user: NotebookUser, layout: Layout) -> str:
    """Return the version of the kernels' Python, such as "3.12.3"."""
    code = "import platform; print(platform.python_version())"
    return user.run([layout.python, "-I", "-c", code]).stdout.strip()


def run_uv(user: NotebookUser, layout: Layout, *arguments: str | Path) -> None:
    """Run uv as the notebook user. Raises `CommandError` if uv fails."""
    user.run([layout.uv_program, *arguments], env=uv_settings(layout))
