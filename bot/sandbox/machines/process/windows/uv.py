"""uv of a Windows machine: this computer's build of the same version, with its differences.

A Python of Windows can't run here, so `python install` installs this computer's own. A virtual
environment gets Windows's `Scripts/python.exe` beside its own `bin/python`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.programs import make_interpreter


def uv(tree: Tree, arguments: list[str]) -> int:
    """Run `VERSION PROGRAM ARGUMENT...`, the words of the launcher."""
    version, program, words = arguments[0], arguments[1], arguments[2:]
    if program != "uv":
        raise ValueError(f"this machine's stand-in does not run {program}")
    if words[:1] == ["python"]:
        return _python(words[1:])
    build = _build(version)
    done = subprocess.run([str(build), *words], check=False).returncode
    if done == 0 and words[:1] == ["venv"]:
        folder = Path(words[-1])
        (folder / "Scripts").mkdir(exist_ok=True)
        interpreter = folder / "Scripts/python.exe"
        if not interpreter.is_symlink():
            interpreter.symlink_to("../bin/python")
    return done


def _python(words: list[str]) -> int:
    """Run `uv python install [OPTION]... VERSION` or `uv python find [OPTION]... VERSION`."""
    verb, options, wanted = words[0], words[1:-1], words[-1]
    known = {
        "install": {"--quiet", "--no-bin", "--no-registry"},
        "find": {"--quiet", "--managed-python", "--no-project"},
    }
    if verb not in known or set(options) - known[verb] or wanted.startswith("-"):
        raise ValueError(f"this machine's uv python does not know: {' '.join(words)}")
    folder = Path(os.environ["UV_PYTHON_INSTALL_DIR"])
    file = folder / f"cpython-{wanted}-windows-x86_64-none/python.exe"
    if verb == "install":
        make_interpreter(file)
        return 0
    if not file.exists():
        print(f"error: No interpreter found for Python {wanted}", file=sys.stderr)
        return 2
    print(file)
    return 0


def _build(version: str) -> Path:
    """Return uv for this computer, fetched once by pip and kept beside the package cache."""
    folder = Path(os.environ["UV_CACHE_DIR"]).parent / "programs" / f"uv-{version}"
    program = folder / "bin/uv"
    if not program.exists():
        new = folder.with_name(f"{folder.name}.{os.getpid()}")
        subprocess.run(
            [
                *(sys.executable, "-I"),
                *"-m pip install --quiet --no-input --no-deps --disable-pip-version-check".split(),
                *("--target", str(new), f"uv=={version}"),
            ],
            check=True,
            stdout=sys.stderr,
        )
        if not folder.exists():
            new.rename(folder)
    return program
