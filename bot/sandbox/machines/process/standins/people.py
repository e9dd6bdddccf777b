"""useradd, getent, id, chown, runuser and sudo: accounts without a kernel's users."""

import json
import os
import sys
from pathlib import Path

from bot.sandbox.machines.process.accounts import Accounts, User
from bot.sandbox.machines.process.standins.arguments import read
from bot.sandbox.machines.process.tree import Tree

_USERADD = {
    "-d": "home",
    "--home-dir": "home",
    "-s": "shell",
    "--shell": "shell",
    "-u": "uid",
    "--uid": "uid",
    "-c": "comment",
    "--comment": "comment",
    "-G": "groups",
    "--groups": "groups",
    "-g": "group",
    "--gid": "group",
}


def _known(tree: Tree, name: str) -> User:
    user = Accounts(tree).user(name)
    if user is None:
        raise ValueError(f"user {name} does not exist")
    return user


def useradd(tree: Tree, args: list[str]) -> int:
    """Run useradd with the exit codes of shadow-utils: 9 for a taken name."""
    flags, values, names = read(
        args,
        frozenset({"--system", "-r", "--create-home", "-m", "--user-group", "-U"}),
        _USERADD,
    )
    if len(names) != 1:
        raise ValueError("one name is needed")
    home = values.get("home")
    Accounts(tree).add_user(
        names[0],
        uid=int(values["uid"]) if "uid" in values else None,
        group=values.get("group"),
        groups=tuple(filter(None, values.get("groups", "").split(","))),
        comment=values.get("comment", ""),
        home=home,
        shell=values.get("shell", "/bin/sh"),
        system=bool(flags & {"--system", "-r"}),
        create_home=bool(flags & {"--create-home", "-m"}),
    )
    return 0


def getent(tree: Tree, args: list[str]) -> int:
    """Answer `getent passwd NAME` and `getent group NAME`; 2 for an unknown name."""
    if len(args) != 2 or args[0] not in ("passwd", "group"):
        raise ValueError("this machine's stand-in knows: passwd NAME, group NAME")
    file = tree.root / "etc" / args[0]
    for line in file.read_text().splitlines():
        if args[1] in line.split(":")[:1] + line.split(":")[2:3]:
            print(line)
            return 0
    return 2


def identity(tree: Tree, args: list[str]) -> int:
    """Answer `id [-u|-un|-g|-gn] [NAME]`."""
    flags, _, names = read(args, frozenset({"-u", "-un", "-g", "-gn"}), {})
    user = _known(tree, names[0] if names else os.environ.get("MACHINE_USER", "root"))
    if flags:
        print({"-u": user.uid, "-un": user.name, "-g": user.gid, "-gn": user.name}[flags.pop()])
        return 0
    print(f"uid={user.uid}({user.name}) gid={user.gid}({user.name})")
    return 0


def chown(tree: Tree, args: list[str]) -> int:
    """Write down the owner of a file: only root could change the kernel's owner."""
    flags, _, words = read(args, frozenset({"-R", "-h", "--recursive"}), {})
    if len(words) < 2:
        raise ValueError("missing operand")
    name, _, group = words[0].partition(":")
    _known(tree, name)
    if group and Accounts(tree).group(group) is None:
        raise ValueError(f"invalid group: {words[0]}")
    file = tree.root / "var/lib/machine/owners.json"
    owners = json.loads(file.read_text()) if file.exists() else {}
    for word in words[1:]:
        path = Path(word)
        if not os.path.lexists(path):
            print(f"chown: cannot access '{word}': No such file or directory", file=sys.stderr)
            return 1
        owners[str(path)] = {"owner": words[0], "recursive": bool(flags)}
    new = file.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(owners))
    new.replace(file)
    return 0


def runuser(tree: Tree, args: list[str]) -> int:
    """Run `runuser -u USER -- COMMAND...`, as root only."""
    if os.environ.get("MACHINE_USER") != "root":
        print("runuser: may not be used by non-root users", file=sys.stderr)
        return 1
    _, values, command = read(args, frozenset(), {"-u": "user", "--user": "user"}, stop=True)
    return _become(_known(tree, values.get("user", "")), command, {})


def sudo(tree: Tree, args: list[str]) -> int:
    """Run `sudo [-n] [-u USER] COMMAND...` for users that a rule of sudoers.d names."""
    own = os.environ.get("MACHINE_USER", "")
    flags = frozenset({"-n", "--non-interactive", "-E", "-H"})
    _, values, command = read(args, flags, {"-u": "user", "--user": "user"}, stop=True)
    rules = (tree.root / "etc/sudoers.d").glob("*")
    may = own == "root" or any(
        line.split()[:1] == [own] for rule in rules for line in rule.read_text().splitlines()
    )
    if not may:
        print(f"{own} is not in the sudoers file.", file=sys.stderr)
        return 1
    user = _known(tree, values.get("user", "root"))
    assigned = {}
    while command and "=" in command[0] and not command[0].startswith("/"):
        name, _, value = command.pop(0).partition("=")
        assigned[name] = value
    return _become(user, command, {"SUDO_USER": own, **assigned})


def _become(user: User, command: list[str], environ: dict[str, str]) -> int:
    if not command:
        raise ValueError("no command")
    sys.stdout.flush()
    own = {"HOME": user.home, "USER": user.name, "LOGNAME": user.name, "MACHINE_USER": user.name}
    try:
        os.execvpe(command[0], command, {**os.environ, **own, **environ})  # noqa: S606
    except FileNotFoundError:
        print(f"{command[0]}: command not found", file=sys.stderr)
        return 127
