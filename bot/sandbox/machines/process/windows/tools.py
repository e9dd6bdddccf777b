"""icacls, netsh and tar, as far as they are used. Unknown words are refused."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.machines.process.tree import Tree

AskInit = Callable[..., object]

_GRANT = re.compile(r"(?P<who>\*S-[\d-]+|[\w.-]+):(?:\(OI\)\(CI\))?\(?(?P<right>F|M|RX|R)\)?")


def icacls(ask_init: AskInit, tree: Tree, arguments: list[str]) -> int:
    """Run `icacls PATH [/inheritance:r] [/grant[:r] WHO:RIGHT ...]`."""
    if not arguments:
        raise ValueError("Invalid parameter")
    path, cut, replace = Path(arguments[0].replace("\\", "/")), False, False
    if not path.is_absolute():
        path = Path.cwd() / path
    entries: dict[str, str] = {}
    granting = False
    for word in arguments[1:]:
        if word.lower() == "/inheritance:r":
            cut, granting = True, False
        elif word.lower() in ("/grant", "/grant:r"):
            granting, replace = True, word.lower().endswith(":r")
        elif granting and (given := _GRANT.fullmatch(word)):
            entries[given["who"].removeprefix("*")] = given["right"]
        else:
            raise ValueError(f'Invalid parameter "{word}"')
    if cut and not entries:
        raise ValueError("no user could open a file without an entry")
    ask_init(tree, "access", path=str(path), cut=cut, replace=replace, entries=entries)
    print(f"processed file: {path}\nSuccessfully processed 1 files; Failed processing 0 files")
    return 0


def netsh(ask_init: AskInit, tree: Tree, arguments: list[str]) -> int:
    """Run `netsh interface portproxy show|add|delete v4tov4 [NAME=VALUE]...`."""
    if arguments[:2] != ["interface", "portproxy"] or arguments[3:4] != ["v4tov4"]:
        raise ValueError(f"The following command was not found: {' '.join(arguments)}.")
    verb, given = arguments[2], dict(word.split("=", 1) for word in arguments[4:])
    listen, connect = ["listenaddress", "listenport"], ["connectaddress", "connectport"]
    wanted = {"show": [], "add": [*listen, *connect], "delete": listen}.get(verb)
    if wanted is None or sorted(given) != sorted(wanted):
        raise ValueError(f"this machine's netsh needs {wanted} of {verb}: {' '.join(arguments)}")
    if verb == "show":
        found = ask_init(tree, "proxies")
        print("\nListen on ipv4:             Connect to ipv4:\n")
        print("Address         Port        Address         Port")
        print("--------------- ----------  --------------- ----------")
        for each in found.values() if isinstance(found, dict) else ():
            print(f"{each[0]:<15} {each[1]:<11} {each[2]:<15} {each[3]}")
        print()
        return 0
    ends = [
        [given[address], int(given[port])]
        for address, port in (listen, connect)
        if address in given
    ]
    ask_init(tree, "set_proxy", listen=ends[0], connect=ends[1] if verb == "add" else None)
    return 0


def tar(tree: Tree, arguments: list[str]) -> int:
    """Run `tar -xzf ARCHIVE -C FOLDER`."""
    if len(arguments) != 4 or arguments[0] != "-xzf" or arguments[2] != "-C":
        raise ValueError("this machine's tar knows only -xzf ARCHIVE -C FOLDER")
    with tarfile.open(arguments[1], "r:gz") as archive:
        archive.extractall(arguments[3], filter="data")
    return 0
