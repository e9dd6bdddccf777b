"""sshd's configuration in /etc/ssh/sshd_config.d, as far as it says whom which keys let in."""

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
"""What this machine's SSH server does anyway, or less."""


def key_files(tree: Tree) -> Mapping[str, Path]:
    """User -> the file of the keys that let them in, where it isn't the one in their home.

    Raises:
        ValueError: for what the real one would refuse, or this one does not know.
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
