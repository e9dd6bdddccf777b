"""The programs of a Windows machine, and how they start on this computer.

A program of Windows cannot run on this computer. A file `*.exe` of the machine is therefore a small
launcher: of a stand-in (powershell, netsh, icacls, tar, cmd), or of this computer's build of the
same program at the same version (uv, from its wheel).
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import bot
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.values import PowerShellError

STAND_INS = ("cmd", "icacls", "netsh", "powershell", "tar")

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from bot.sandbox.machines.process.windows.main import main; sys.exit(main())"
)


def install_programs(tree: Tree) -> None:
    """Install the programs that every image has."""
    for name in STAND_INS:
        _write(tree.root / f"Windows/System32/{name}.exe", name)


def make_runnable(tree: Tree, file: Path) -> None:
    """Replace an unpacked program by a launcher.

    Raise PowerShellError for a program without a build for this computer.
    """
    uv = re.search(r"uv-([0-9.]+)\.data/scripts/(uv|uvx|uvw)\.exe$", str(file))
    if uv is None:
        raise PowerShellError(f"this stand-in can't run {file.name}")
    _write(file, "uv", uv[1], uv[2])


def make_interpreter(file: Path) -> None:
    """Make a Python in the place of the one that uv would fetch for Windows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_symlink():
        file.symlink_to(Path(sys.executable).resolve())


def _write(file: Path, *words: str) -> None:
    project = Path(bot.__file__).resolve().parent.parent
    argv = (sys.executable, "-I", "-c", _START, str(project), *words)
    file.unlink(missing_ok=True)
    file.write_text(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n')
    file.chmod(0o755)
