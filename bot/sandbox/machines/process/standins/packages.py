"""apt-get and dpkg-query: a database of packages in the machine's tree."""

import fcntl
import json
import sys
import time
from pathlib import Path

from bot.sandbox.machines.process.standins.arguments import read
from bot.sandbox.machines.process.tree import Tree

_IN_THE_IMAGE = ("ca-certificates", "curl", "openssl", "python3", "sudo", "systemd")
_AVAILABLE = frozenset(
    {
        *_IN_THE_IMAGE,
        "acl",
        "fontconfig",
        "fonts-dejavu-core",
        "git",
        "nftables",
    }
)
_LOCK_TRIES = 0.2  # seconds between two tries


def _database(tree: Tree) -> Path:
    return tree.root / "var/lib/dpkg/packages.json"


def _installed(tree: Tree) -> set[str]:
    file = _database(tree)
    return set(json.loads(file.read_text())) if file.exists() else set(_IN_THE_IMAGE)


def dpkg_query(tree: Tree, args: list[str]) -> int:
    """Answer `dpkg-query --show --showformat=${db:Status-Status} NAME...`."""
    flags, values, names = read(
        args, frozenset({"--show", "-W"}), {"--showformat": "format", "-f": "format"}
    )
    if not flags or values.get("format") not in (None, "${db:Status-Status}"):
        raise ValueError("this machine's stand-in answers --show only with ${db:Status-Status}")
    installed = _installed(tree)
    for name in names:
        if name in installed:
            sys.stdout.write("installed" if "format" in values else f"{name}\t1.0\n")
        else:
            print(f"dpkg-query: no packages found matching {name}", file=sys.stderr)
    return int(any(name not in installed for name in names))


def apt_get(tree: Tree, args: list[str]) -> int:
    """Run apt-get's `update`, `install` or `remove`, under a lock as the real one does."""
    flags = frozenset({"-y", "--yes", "-q", "-qq", "--quiet", "--no-install-recommends"})
    _, values, words = read(args, flags, {"-o": "option"})
    verb, names = words[0] if words else "", words[1:]
    if verb not in ("update", "install", "remove"):
        raise ValueError(f"E: Invalid operation {verb}")
    option, _, seconds = values.get("option", "").partition("=")
    patience = float(seconds) if option == "DPkg::Lock::Timeout" else 0.0
    with (tree.root / "var/lib/dpkg/lock-frontend").open("w") as lock:
        if not _take(lock.fileno(), patience):
            print("E: Could not get lock /var/lib/dpkg/lock-frontend.", file=sys.stderr)
            return 100
        return 0 if verb == "update" else _change(tree, verb, names)


def _take(descriptor: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOCK_TRIES)


def _change(tree: Tree, verb: str, names: list[str]) -> int:
    unknown = [name for name in names if name not in _AVAILABLE]
    for name in unknown:
        print(f"E: Unable to locate package {name}", file=sys.stderr)
    if unknown:
        return 100
    installed = _installed(tree)
    changed = installed | set(names) if verb == "install" else installed - set(names)
    _database(tree).write_text(json.dumps(sorted(changed)))
    return 0
