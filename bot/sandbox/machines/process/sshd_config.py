"""The part of sshd's configuration in /etc/ssh/sshd_config.d that says which keys sign in."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree

_FIXED = {
    "authorizedkeyscommand": {"none"},
    "authenticationmethods": {"publickey"},
    "allowtcpforwarding": {"local", "no"},
    "allowagentforwarding": {"no"},
    "x11forwarding": {"no"},
    "permittunnel": {"no"},
}
"""Directives that this machine's SSH server obeys in any case."""


def key_files(tree: Tree) -> Mapping[str, Path]:
    """Return the users whose key file is not the one in their home: user -> file.

    Raise ValueError for a directive that real sshd refuses or that this one does not know.
    """
    found: dict[str, Path] = {}
    for file in sorted((tree.root / "etc/ssh/sshd_config.d").glob("*.conf")):
        user = ""  # a Match ends with its file
        for line in file.read_text().splitlines():
            name, *values = shlex.split(line, comments=True) or [""]
            match [name.lower(), *values]:
                case [""]:
                    continue
                case ["match", criterion, user] if criterion.lower() == "user":
                    continue
                case ["authorizedkeysfile", path] if user:
                    found.setdefault(user, tree.inside(path.replace("%%", "%")))
                case [known, value] if user and value in _FIXED.get(known, ()):
                    continue
                case _:
                    raise ValueError(f"{file}: this machine's sshd does not know: {line.strip()}")
    return found
