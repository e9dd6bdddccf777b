"""Programs that a script or a session starts: only files of the machine."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import PowerShellError


def find(root: Path, search_path: str, directory: Path, name: str) -> Path | None:
    """Return the program's file, by its path or along the PATH, with or without `.exe`."""
    name = name.replace("\\", "/")
    folders = [directory] if "/" in name else [Path(each) for each in search_path.split(":")]
    for folder in folders:
        for file in (folder / name, folder / f"{name}.exe"):
            if file.is_file() and file.is_relative_to(root):
                return file
    return None


def run(session: Session, name: str, arguments: Sequence[str]) -> tuple[int, list[str]]:
    """Return the exit status and the output's lines; errors go where the script's go."""
    program = find(session.tree.root, session.environ["PATH"], session.directory, name)
    if program is None:
        raise PowerShellError(
            f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, "
            "or operable program; or this stand-in does not know it."
        )
    done = subprocess.run(
        [str(program), *arguments],
        cwd=session.directory,
        env=session.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout.splitlines()
