"""The start of every program of a Windows machine: `sys.argv` is its name and its arguments."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from bot.sandbox.machines.process.client import ask
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows import command_line, tools, uv
from bot.sandbox.machines.process.windows.native import find

Program = Callable[[Tree, list[str]], int]

_IGNORED = {"-noprofile", "-noninteractive", "-nologo"}


def _cmd(tree: Tree, arguments: list[str]) -> int:
    """Run `cmd /c COMMAND`: one program with its words."""
    if len(arguments) != 2 or arguments[0].lower() != "/c":
        raise ValueError("this machine's cmd.exe knows only /c COMMAND")
    words = command_line.simple_words(arguments[1])
    program = find(tree.root, os.environ["PATH"], Path.cwd(), words[0]) if words else None
    if program is None:
        name = words[0] if words else ""
        print(
            f"'{name}' is not recognized as an internal or external command,\n"
            "operable program or batch file.",
            file=sys.stderr,
        )
        return 1
    os.execv(program, [str(program), *words[1:]])  # noqa: S606


def _powershell(tree: Tree, arguments: list[str]) -> int:
    """Run `-File SCRIPT [-Name VALUE]...`, `-Command TEXT` or `-EncodedCommand BASE64`."""
    # Imported here, because the other programs start faster without the grammar.
    from bot.sandbox.machines.process.windows.cmdlets.catalogue import CMDLETS  # noqa: PLC0415
    from bot.sandbox.machines.process.windows.interpreter import Exit, Shell  # noqa: PLC0415
    from bot.sandbox.machines.process.windows.values import Parameter, PowerShellError  # noqa: PLC0415

    script, rest = _script(arguments)
    words = []
    for word in rest:
        is_name = word.startswith("-") and word[1:2].isalpha()
        words.append(Parameter(word[1:]) if is_name else Parameter("", word, has_value=True))
    shell = Shell(tree, dict(os.environ), Path.cwd(), CMDLETS)
    try:
        shell.run_script(script, words)
    except Exit as end:
        return end.status
    except PowerShellError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _script(arguments: list[str]) -> tuple[str, list[str]]:
    rest = list(arguments)
    while rest:
        word = rest.pop(0).lower()
        if word in _IGNORED:
            continue
        if word == "-executionpolicy" and rest and rest.pop(0).lower() in ("bypass",):
            continue
        if word == "-file" and rest:
            return Path(rest.pop(0).replace("\\", "/")).read_text(encoding="utf-8"), rest
        if word == "-command" and len(rest) == 1:
            return rest[0], []
        if word == "-encodedcommand" and len(rest) == 1:
            return base64.b64decode(rest[0]).decode("utf-16-le"), []
        break
    raise ValueError(f"this machine's powershell.exe does not know: {' '.join(arguments)}")


def ask_init(tree: Tree, verb: str, **payload: object) -> object:
    """Return the answer of the machine's init. Raise ValueError with its message."""
    answer = ask(tree.directory, "windows", [verb, json.dumps(payload)])
    if answer["status"] != 0:
        raise ValueError(answer["stderr"])
    return json.loads(answer["stdout"])


PROGRAMS: dict[str, Program] = {
    "cmd": _cmd,
    "icacls": lambda tree, arguments: tools.icacls(ask_init, tree, arguments),
    "netsh": lambda tree, arguments: tools.netsh(ask_init, tree, arguments),
    "powershell": _powershell,
    "tar": tools.tar,
    "uv": uv.uv,
}


def main() -> int:
    """Run the program, and return its exit code: 2 for unknown words."""
    name, arguments = sys.argv[1], sys.argv[2:]
    try:
        return PROGRAMS[name](Tree(Path(os.environ["MACHINE_DIR"])), arguments)
    except (ValueError, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
