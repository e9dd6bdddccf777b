"""Putting the stand-ins onto a machine's PATH."""

import shlex
import sys
from pathlib import Path

import bot
from bot.sandbox.machines.process.standins import PROGRAMS
from bot.sandbox.machines.process.tree import Tree

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from bot.sandbox.machines.process.standins.main import main; sys.exit(main())"
)


def install_standins(tree: Tree) -> None:
    """One small shell file each in the machine's /usr/bin; `-I -S` keeps the start short."""
    project = Path(bot.__file__).resolve().parent.parent
    for name in PROGRAMS:
        words = (sys.executable, "-I", "-S", "-c", _START, str(project), name)
        file = tree.root / "usr/bin" / name
        file.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        file.chmod(0o755)
