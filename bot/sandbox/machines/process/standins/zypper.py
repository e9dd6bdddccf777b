"""zypper and rpm, as on openSUSE; the exit codes are those of zypper(8)."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.sandbox.machines.process.standins import BY_PACKAGE
from bot.sandbox.machines.process.standins.arguments import read
from bot.sandbox.machines.process.standins.install import install_program
from bot.sandbox.machines.process.standins.rpm_database import database, installed
from bot.sandbox.machines.process.tree import Tree

PRIVILEGES, LOCKED, NOT_FOUND = 5, 7, 104

_NEEDS = {
    "firewalld": ("python3-firewall",),
    "nftables": (),
    "python3-firewall": (),
    "python311": (),
    "acl": (),
    "git": (),
}
"""The packages of the repositories, with the packages that each needs."""
_LOCK_TRIES = 0.2  # seconds between two tries
_UNIT = """[Unit]
Description=firewalld - dynamic firewall daemon
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=notify
ExecStart={program} --nofork --nopid

[Install]
WantedBy=multi-user.target
"""


def rpm(tree: Tree, args: list[str]) -> int:
    """Answer `rpm --query [--quiet] NAME...` with the number of missing packages."""
    flags, _, names = read(args, frozenset({"--query", "-q", "--quiet"}), {})
    if not flags & {"--query", "-q"} or not names:
        raise ValueError("this machine's stand-in answers --query only with names")
    missing = [name for name in names if name not in installed(tree)]
    if "--quiet" not in flags:
        for name in names:
            print(f"package {name} is not installed" if name in missing else f"{name}-1.0-1")
    return len(missing)


def zypper(tree: Tree, args: list[str]) -> int:
    """Run `zypper [--non-interactive] [--quiet] refresh|install|remove` under a lock."""
    common, _, words = read(
        args, frozenset({"--non-interactive", "-n", "--quiet", "-q"}), {}, stop=True
    )
    verb, rest = (words[0], words[1:]) if words else ("", [])
    if verb not in ("refresh", "install", "remove"):
        raise ValueError(f"Unknown command '{verb}'")
    flags, _, names = read(rest, frozenset({"--no-recommends", "-y", "--no-confirm"}), {})
    if os.environ.get("MACHINE_USER") != "root":
        print("Root privileges are required to run this command.", file=sys.stderr)
        return PRIVILEGES
    if verb != "refresh" and not (common & {"--non-interactive", "-n"} or flags & {"-y"}):
        raise ValueError("it would wait for an answer: use --non-interactive")
    with _lock(tree) as taken:
        if not taken:
            print(
                "System management is locked by the application with pid 1 (zypper).",
                file=sys.stderr,
            )
            return LOCKED
        return 0 if verb == "refresh" else _change(tree, verb, names)


@contextmanager
def _lock(tree: Tree) -> Iterator[bool]:
    """Wait for the lock as long as ZYPP_LOCK_TIMEOUT (seconds; 0) says."""
    deadline = time.monotonic() + float(os.environ.get("ZYPP_LOCK_TIMEOUT", "0"))
    with (tree.root / "run/zypp.pid").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    yield False
                    return
                time.sleep(_LOCK_TRIES)
            else:
                yield True
                return


def _change(tree: Tree, verb: str, names: list[str]) -> int:
    before = installed(tree)
    unknown = [name for name in names if name not in _NEEDS and name not in before]
    if unknown or not names:
        print("".join(f"No provider of '{name}' found.\n" for name in unknown), file=sys.stderr)
        return NOT_FOUND if unknown else 2
    wanted = {*names, *(need for name in names for need in _NEEDS.get(name, ()))}
    after = before | wanted if verb == "install" else before - set(names)
    for package in after - before:
        _unpack(tree, package)
    database(tree).parent.mkdir(parents=True, exist_ok=True)
    database(tree).write_text(json.dumps(sorted(after)))
    return 0


def _unpack(tree: Tree, package: str) -> None:
    for name in BY_PACKAGE.get(package, ()):
        install_program(tree, name)
    if package == "firewalld":
        unit = tree.root / "usr/lib/systemd/system/firewalld.service"
        unit.write_text(_UNIT.format(program=tree.root / "usr/bin/firewalld"))
