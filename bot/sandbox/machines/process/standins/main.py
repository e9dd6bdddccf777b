"""Every stand-in starts here: `sys.argv` is the program's name and its arguments."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.machines.process.accounts import AccountError
from bot.sandbox.machines.process.client import ask
from bot.sandbox.machines.process.standins import packages, people, system
from bot.sandbox.machines.process.tree import Tree

Program = Callable[[Tree, list[str]], int]


def _by_init(name: str) -> Program:
    def run(tree: Tree, args: list[str]) -> int:
        answer = ask(tree.directory, name, args)
        sys.stdout.write(answer["stdout"])
        sys.stderr.write(answer["stderr"])
        return int(answer["status"])

    return run


PROGRAMS: dict[str, Program] = {
    "apt-get": packages.apt_get,
    "chown": people.chown,
    "cloud-init": system.cloud_init,
    "dpkg-query": packages.dpkg_query,
    "getent": people.getent,
    "hostname": system.hostname,
    "id": people.identity,
    "journalctl": system.journalctl,
    "nft": _by_init("nft"),
    "ps": system.ps,
    "reboot": lambda tree, args: _by_init("systemctl")(tree, ["reboot"]),
    "runuser": people.runuser,
    "sudo": people.sudo,
    "systemctl": _by_init("systemctl"),
    "useradd": people.useradd,
    "who": lambda tree, args: 0,  # nobody has a terminal on a process machine
}


def main() -> int:
    """Run the program. Exit code 2 for words that it doesn't know."""
    name, args = sys.argv[1], sys.argv[2:]
    tree = Tree(Path(os.environ["MACHINE_DIR"]))
    try:
        return PROGRAMS[name](tree, args)
    except (ValueError, AccountError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 9 if isinstance(error, AccountError) else 2
    except OSError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
