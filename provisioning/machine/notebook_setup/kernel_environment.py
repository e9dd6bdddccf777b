"""The kernels' environment, which the notebook user owns and members change.

Each one has a folder of its own, named by a number; the link leads to the one in use, and exists
only once that one is complete. A newer lock changes no environment: its packages are the members'.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .configuration import SOURCE
from .environment import newest_python, switch, uv_settings
from .errors import CommandError
from .files import ensure_directory, ensure_file
from .layout import Layout
from .logs import without_secrets
from .users import NotebookUser

_LOCK = "kernels.lock"
_NEW_LOCK = "kernels-new.lock"
"""The lock of an environment that is not in use yet."""
_FORMER_LOCK = "notebook.lock"
"""The lock of a machine of an older version, which has one environment."""
_FORMER_NUMBER = "0"
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==[^\\\n]+", re.MULTILINE)
_KERNELS_OWN = re.compile(
    r"jupyter.*|ipykernel|ipython|tornado|traitlets|pyzmq|pycrdt.*|argon2-.*|nbformat|nbconvert"
)


@dataclass(frozen=True)
class OwnPackages:
    """A member's own packages in a new environment: those that are there, and those that are not.

    Each of `lost` is a requirement with the last line of the installer.
    """

    kept: tuple[str, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()

    def report(self) -> dict[str, object]:
        """Return both lists as they are reported."""
        return {"kept": list(self.kept), "lost": [list(each) for each in self.lost]}


def ensure_kernels(user: NotebookUser, layout: Layout, lock: Path) -> bool:
    """Make the environment with the locked packages, unless there is one with a Python."""
    if layout.environment.is_symlink() and layout.python.exists():
        return False
    renew_kernels(user, layout, lock)
    return True


def renew_kernels(user: NotebookUser, layout: Layout, lock: Path) -> OwnPackages:
    """Make a new environment beside the present one, with the member's own packages, and use it.

    Packages that can't be installed are reported. The former environment is removed at the end.
    """
    wanted = own_packages(user, layout)
    folder = _build(user, layout, lock)
    own = _install_own(user, layout, folder, lock, wanted)
    link = layout.environment
    if link.is_dir() and not link.is_symlink():
        # The common environment of an older version. Its folder is the notebook user's, but the
        # folder around it is root's.
        link.rename(layout.kernels / _FORMER_NUMBER)
    switch(link, folder)
    (layout.library / _NEW_LOCK).replace(layout.library / _LOCK)
    for other in layout.kernels.iterdir():
        if other.name != folder.name:
            shutil.rmtree(other, ignore_errors=True)
    return own


def own_packages(user: NotebookUser, layout: Layout) -> list[str]:
    """Return the requirements that the member has added to the present environment.

    What the common environment of an older version had for the server is none of them.
    """
    lock = locked_packages(layout)
    if not lock.is_file() or not layout.environment.is_dir():
        return []
    program = layout.library / "as_user/own_packages.py"
    argv: list[str | Path] = [sys.executable, "-I", program, layout.environment]
    done = user.run(argv, stdin=lock.read_text(encoding="utf-8"))
    servers, kernels = (_pins(SOURCE / name) for name in ("server.lock", _LOCK))
    found = [str(each) for each in json.loads(done.stdout)["packages"]]
    return [each for each in found if name_in(each) not in servers.keys() - kernels.keys()]


def locked_packages(layout: Layout) -> Path:
    """Return the lock from which the kernels' environment was made."""
    copy = layout.library / _LOCK
    return copy if copy.is_file() else layout.library / _FORMER_LOCK


def kernels_own(pins: dict[str, str]) -> list[str]:
    """Return the pins of what a kernel itself needs."""
    return [pin for name, pin in pins.items() if _KERNELS_OWN.fullmatch(name)]


def locked_pins(layout: Layout) -> dict[str, str]:
    """Return the requirement of each locked package by its normalised name."""
    return _pins(locked_packages(layout))


def name_in(requirement: str) -> str:
    """Return the normalised name at the beginning of a requirement."""
    return normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])


def normal(name: str) -> str:
    """Return the name in the form in which two names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_version(user: NotebookUser, layout: Layout) -> str:
    """Return the version of the kernels' Python, such as "3.12.3"."""
    code = "import platform; print(platform.python_version())"
    return user.run([layout.python, "-I", "-c", code]).stdout.strip()


def run_uv(user: NotebookUser, layout: Layout, *arguments: str | Path) -> None:
    """Run uv as the notebook user. Raises `CommandError` if uv fails."""
    user.run([layout.uv_program, *arguments], env=uv_settings(layout))


def _build(user: NotebookUser, layout: Layout, lock: Path) -> Path:
    """Install the locked packages into a new folder, and return it.

    A killed run leaves a folder without a link to it, and the next run completes that folder.
    """
    link = layout.environment
    present = int(link.readlink().name) if link.is_symlink() else 0
    folder = layout.kernels / str(present + 1)
    python = layout.python_of(folder)
    ensure_directory(layout.kernels)
    user.own(folder)
    copy = layout.library / _NEW_LOCK
    ensure_file(copy, lock.read_text(encoding="utf-8"))
    again = ["--reinstall"] if python.exists() else []
    make = "venv --quiet --allow-existing --python".split()
    run_uv(user, layout, *make, newest_python(layout), folder)
    install = "pip install --quiet --require-hashes --python".split()
    run_uv(user, layout, *install, python, *again, "--requirement", copy)
    return folder


def _install_own(
    user: NotebookUser, layout: Layout, folder: Path, lock: Path, wanted: Sequence[str]
) -> OwnPackages:
    """Install the requirements together, or one by one if some of them don't go together."""
    if not wanted:
        return OwnPackages()
    constraints = layout.library / "own.txt"
    ensure_file(constraints, "".join(f"{each}\n" for each in kernels_own(_pins(lock))))
    install: list[str | Path] = [*"pip install --quiet --python".split(), layout.python_of(folder)]
    install += ["--constraint", constraints]
    try:
        run_uv(user, layout, *install, *wanted)
    except CommandError:
        kept, lost = [], []
        for each in wanted:
            try:
                run_uv(user, layout, *install, each)
                kept.append(each)
            except CommandError as error:
                (reason,) = without_secrets([error.reason])
                lost.append((each, reason))
        return OwnPackages(tuple(kept), tuple(lost))
    return OwnPackages(tuple(wanted))


def _pins(lock: Path) -> dict[str, str]:
    text = lock.read_text(encoding="utf-8")
    return {normal(found[1]): found[0].strip() for found in _PINNED.finditer(text)}
