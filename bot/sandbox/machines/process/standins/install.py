"""The installation of the stand-ins on a machine's PATH."""

import shlex
import sys
from pathlib import Path

import bot
from bot.sandbox.machines.process.standins import BY_FAMILY, BY_PACKAGE, EVERYWHERE, family
from bot.sandbox.machines.process.standins.rpm_database import installed
from bot.sandbox.machines.process.tree import Tree

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from bot.sandbox.machines.process.standins.main import main; sys.exit(main())"
)
_NOT_THERE = '#!/bin/sh\necho "${0##*/}: command not found" >&2\nexit 127\n'
_PYTHONS = tuple(f"python3.{minor}" for minor in range(9, 15))


def install_standins(tree: Tree, image: str) -> None:
    """Install the stand-ins of the image (`publisher:offer:sku`) and of installed packages.

    A program of another family must not be found further along the PATH: it would be this
    computer's own, and would change this computer.
    """
    own = family(image)
    foreign = {name for names in (*BY_FAMILY.values(), *BY_PACKAGE.values()) for name in names}
    # All images but that of Leap 15, whose own Python is old, use this computer's as their own.
    foreign = foreign | set(_PYTHONS) if own == "leap15" else foreign - {"python3", "python3.11"}
    here = {*EVERYWHERE, *BY_FAMILY[own], *_of_packages(tree)}
    for name in foreign - here:
        _write(tree, name, _NOT_THERE)
    for name in here:
        install_program(tree, name)


def install_program(tree: Tree, name: str) -> None:
    """Write one small shell file in the machine's /usr/bin; `-I -S` keeps the start short."""
    project = Path(bot.__file__).resolve().parent.parent
    words: tuple[str, ...] = (sys.executable, "-I", "-S", "-c", _START, str(project), name)
    if name in _PYTHONS:
        words = (str(Path(sys.executable).resolve()),)
    _write(tree, name, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')


def _of_packages(tree: Tree) -> set[str]:
    return {name for package in installed(tree) for name in BY_PACKAGE.get(package, ())}


def _write(tree: Tree, name: str, text: str) -> None:
    file = tree.root / "usr/bin" / name
    file.write_text(text)
    file.chmod(0o755)
