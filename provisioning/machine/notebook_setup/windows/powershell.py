"""Running our scripts and Windows's own tools."""

from __future__ import annotations

from pathlib import Path

from ..commands import run
from ..configuration import SOURCE

SCRIPTS = SOURCE / "assets/windows"

SYSTEM, ADMINISTRATORS, USERS = "*S-1-5-18", "*S-1-5-32-544", "*S-1-5-32-545"
"""Well-known groups by number: their names differ with Windows's language."""


def run_script(name: str, *arguments: str | Path, stdin: str = "") -> str:
    """Run `name`.ps1; what it printed. Raises as `commands.run` does."""
    argv: list[str | Path] = [
        "powershell.exe", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass",
        "-File", SCRIPTS / f"{name}.ps1", *arguments,
    ]  # fmt: skip
    return run(argv, stdin=stdin).stdout.strip()


def has_changed(answer: str) -> bool:
    """What a script says at its end: "changed" or "unchanged"."""
    return answer.splitlines()[-1:] == ["changed"]


def protect(file: Path) -> None:
    """Nobody but the system and the administrators may open the file, which sshd asks of its
    keys. Its folder alone would let the users of the machine read it."""
    run(["icacls.exe", file, "/inheritance:r", "/grant:r", f"{SYSTEM}:F", f"{ADMINISTRATORS}:F"])


def set_access(folder: Path, *entries: str) -> None:
    """Who may open the folder and all below it, and nobody else: `who:right` each, besides the
    system and the administrators. Silent where it is so."""
    everybody = (f"{SYSTEM}:F", f"{ADMINISTRATORS}:F", *entries)
    inherited = [entry.replace(":", ":(OI)(CI)", 1) for entry in everybody]
    run(["icacls.exe", folder, "/inheritance:r", "/grant:r", *inherited])
