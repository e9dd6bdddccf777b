"""The server's environment: JupyterLab and the bot's own programs, which root owns.

Each version has a folder of its own, named by its lock, so that versions lie side by side.
"""

from __future__ import annotations

from pathlib import Path

from .commands import run
from .environment import digest, newest_python, switch, uv_settings
from .files import ensure_directory, ensure_file
from .layout import Layout

_MARKER = ".complete"
_NAME_LENGTH = 16


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
    install = "pip sync --quiet --require-hashes --compile-bytecode --python".split()
    run([layout.uv_program, *install, layout.python_of(folder), lock], env=settings)
    # uv lets every account write its lock file, so a member could hold up an update with it.
    (folder / ".lock").unlink(missing_ok=True)
    ensure_file(folder / _MARKER, wanted)
    return folder
