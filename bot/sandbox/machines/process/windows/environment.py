"""The environment of a process on a Windows machine."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.machines.process.accounts import User
from bot.sandbox.machines.process.tree import Tree

DIRECTORIES = (
    "ProgramData",
    "Program Files",
    "Users/Public",
    "Windows/System32/config/systemprofile",
    "Windows/System32/OpenSSH",
    "Windows/Temp",
)


def windows_environment(
    tree: Tree, machine_id: str, hostname: str, user: User, network: Mapping[str, str]
) -> dict[str, str]:
    """Return Windows's variables, with paths of the machine's tree.

    Added are the variables that this computer's builds of Python and uv look for (HOME, TMPDIR,
    SHELL, LANG). The PATH holds only the machine's own programs, so none of this computer's is
    found.
    """
    root = tree.root
    home, local = user.home, f"{user.home}/AppData/Local"
    return {
        **network,
        "SystemDrive": str(root),
        "SystemRoot": str(root / "Windows"),
        "ProgramData": str(root / "ProgramData"),
        "ProgramFiles": str(root / "Program Files"),
        "PUBLIC": str(root / "Users/Public"),
        "COMPUTERNAME": hostname.upper(),
        "USERNAME": user.name,
        "USERPROFILE": home,
        "APPDATA": f"{home}/AppData/Roaming",
        "LOCALAPPDATA": local,
        "TEMP": f"{local}/Temp",
        "TMP": f"{local}/Temp",
        "PATH": str(root / "Windows/System32"),
        "HOME": home,
        "TMPDIR": str(root / "Windows/Temp"),
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "MACHINE_ID": machine_id,
        "MACHINE_DIR": str(tree.directory),
        "MACHINE_USER": user.name,
    }
