"""Running the PowerShell scripts in `assets/windows`, and setting access with icacls."""

from __future__ import annotations

from pathlib import Path

from ..commands import run
from ..configuration import SOURCE

SCRIPTS = SOURCE / "assets/windows"

SYSTEM, ADMINISTRATORS, USERS = "*S-1-5-18", "*S-1-5-32-544", "*S-1-5-32-545"
"""Well-known groups by number, since their names differ with the language of Windows."""


def run_script(name: str, *arguments: str | Path, stdin: str = "") -> str:
    """Run `name`.ps1 and return its output. Raises as `commands.run` does."""
    shell = "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File".split()
    return run([*shell, SCRIPTS / f"{name}.ps1", *arguments], stdin=stdin).stdout.strip()


def has_changed(answer: str) -> bool:
    """Return whether the last line of a script's output is "changed" (otherwise "unchanged")."""
    return answer.splitlines()[-1:] == ["changed"]


def protect(file: Path) -> None:
    """Let only the system and the administrators open a file.

    sshd requires that of its keys; by their folder's access the machine's users could read them.
    """
    run(["icacls.exe", file, "/inheritance:r", "/grant:r", f"{SYSTEM}:F", f"{ADMINISTRATORS}:F"])


def set_access(folder: Path, *entries: str) -> None:
    """Give access to a folder and all below it only to these entries (`account:right`).

    The system and the administrators always have access. Safe to run again.
    """
    accounts = (f"{SYSTEM}:F", f"{ADMINISTRATORS}:F", *entries)
    inherited = [entry.replace(":", ":(OI)(CI)", 1) for entry in accounts]
    run(["icacls.exe", folder, "/inheritance:r", "/grant:r", *inherited])
