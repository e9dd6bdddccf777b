"""The server's environment: JupyterLab and the bot's own programs, which root owns.

Each version has a folder of its own, named by its lock, so that versions lie side by side.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from .commands import run
from .environment import digest, newest_python, switch, uv_settings
from .files import ensure_directory, ensure_file
from .layout import Layout

_MARKER = ".complete"
_NAME_LENGTH = 16
_COMPILE = ("-I", "-m", "compileall", "-q", "-j", "0", "-x", r"[/\\]tests?[/\\]")
_UNUSED = ("plotly", "_plotly_utils", "jupyterlab/galata", "jupyterlab/static")
"""plotly is here for its part in the browser, which lies elsewhere; galata is JupyterLab's tests,
and this `static` a second copy of JupyterLab's pages, for its core mode alone."""
_LANGUAGES = frozenset({"root", "en", "ko"})
"""The languages of JupyterLab's menus; Babel has data of six hundred more."""


def ensure_server(layout: Layout, lock: Path) -> bool:
    """Install the locked environment, and let the link lead to it."""
    folder = install_server(layout, lock)
    return switch(layout.server, folder)


def install_server(layout: Layout, lock: Path) -> Path:
    """Install the locked environment beside the present one, and return its folder.

    The marker is written last: without it the installation begins anew. Modules are compiled at
    once, since the notebook user may not write here, and each start would compile them again.
    """
    wanted = digest(lock.read_text(encoding="utf-8"))
    folder = layout.servers / wanted[:_NAME_LENGTH]
    if (folder / _MARKER).is_file():
        return folder
    ensure_directory(layout.servers)
    settings = uv_settings(layout)
    make = "venv --quiet --clear --python".split()
    run([layout.uv_program, *make, newest_python(layout), folder], env=settings)
    # `sync` resolves nothing: the lock leaves out what only a kernel needs.
    install = "pip sync --quiet --require-hashes --python".split()
    run([layout.uv_program, *install, layout.python_of(folder), lock], env=settings)
    for packages in (*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")):
        _remove_unused(packages)
        run([layout.python_of(folder), *_COMPILE, packages], ok=(0, 1))  # 1: not all of them
    # uv lets every account write its lock file, so a member could hold up an update with it.
    (folder / ".lock").unlink(missing_ok=True)
    ensure_file(folder / _MARKER, wanted)
    return folder


def _remove_unused(packages: Path) -> None:
    """Remove half of what lies in this folder of packages, since the server never reads it."""
    for name in _UNUSED:
        shutil.rmtree(packages / name, ignore_errors=True)
    for locale in (packages / "babel/locale-data").glob("*.dat"):
        if locale.stem.partition("_")[0] not in _LANGUAGES:
            locale.unlink()
