"""The start of every stand-in: `sys.argv` is the program's name and its arguments."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.machines.process.accounts import AccountError
from bot.sandbox.machines.process.client import ask, asked
from bot.sandbox.machines.process.standins import packages, people, system, zypper
from bot.sandbox.machines.process.tree import Tree

Program = Callable[[Tree, list[str]], int]


def _by_init(name: str) -> Program:
    def run(tree: Tree, args: list[str]) -> int:
        answer = ask(tree.directory, name, args)
        sys.stdout.write(answer["stdout"])
        sys.stderr.write(answer["stderr"])
        return int(answer["status"])

    return run


def _firewalld(tree: Tree, args: list[str]) -> int:
    """Be the firewalld daemon: the machine's init does its work as long as this process lives."""
    if args != ["--nofork", "--nopid"]:
        raise ValueError(f"this machine's stand-in does not know {' '.join(args)}")
    with asked(tree.directory, "firewalld", []):
        notify = os.environ.get("NOTIFY_SOCKET", "")
        if notify:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.sendto(b"READY=1", notify.replace("@", "\0", 1))
        signal.pause()
    return 0


PROGRAMS: dict[str, Program] = {
    "apt-get": packages.apt_get,
    "chown": people.chown,
    "cloud-init": system.cloud_init,
    "df": system.df,
    "dpkg-query": packages.dpkg_query,
    "findmnt": system.findmnt,
    "firewall-cmd": _by_init("firewall-cmd"),
    "firewall-offline-cmd": _by_init("firewall-offline-cmd"),
    "firewalld": _firewalld,
    "getent": people.getent,
    "growpart": system.growpart,
    "hostname": system.hostname,
    "id": people.identity,
    "journalctl": system.journalctl,
    "loginctl": _by_init("loginctl"),
    "nft": _by_init("nft"),
    "ps": system.ps,
    "python3": system.old_python,
    "reboot": lambda tree, args: _by_init("systemctl")(tree, ["reboot"]),
    "resize2fs": system.grow_file_system,
    "rpm": zypper.rpm,
    "runuser": people.runuser,
    "sudo": people.sudo,
    "systemctl": _by_init("systemctl"),
    "useradd": people.useradd,
    "who": lambda tree, args: 0,  # process machines have no terminals
    "xfs_growfs": system.grow_file_system,
    "zypper": zypper.zypper,
}


def main() -> int:
    """Run the program, and return its exit code: 2 for unknown words."""
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
