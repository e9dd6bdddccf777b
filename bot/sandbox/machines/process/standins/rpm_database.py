"""The installed packages of a machine of SUSE's family."""

import json
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree

_IN_THE_IMAGE = ("ca-certificates", "curl", "openssl", "python3", "sudo", "systemd")


def installed(tree: Tree) -> set[str]:
    """Return the names of the installed packages."""
    file = database(tree)
    return set(json.loads(file.read_text())) if file.exists() else set(_IN_THE_IMAGE)


def database(tree: Tree) -> Path:
    """Return the file: a JSON list of names, made by the first installation."""
    return tree.root / "var/lib/rpm/packages.json"
