"""Commands of a pipeline: cmdlets, script blocks, and programs of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from bot.sandbox.machines.process.windows import native
from bot.sandbox.machines.process.windows.binding import Cmdlet
from bot.sandbox.machines.process.windows.expressions import Expressions
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.syntax import child, named, required, source, unknown
from bot.sandbox.machines.process.windows.values import (
    Parameter,
    PowerShellError,
    ScriptBlock,
    Value,
    text,
)


class Calls:
    """The commands that one session can run."""

    def __init__(
        self, session: Session, expressions: Expressions, cmdlets: Mapping[str, Cmdlet]
    ) -> None:
        self._session = session
        self._expressions = expressions
        self._cmdlets = cmdlets

    def run(self, node: Node, items: list[Value]) -> list[Value]:
        """Return the output of a command, whose input is `items`."""
        elements = child(node, "command_elements")
        words = self._words(elements) if elements is not None else []
        called = child(node, "command_name")
        if called is None:
            target = self._expressions.value(named(required(node, "command_name_expr"))[0])
            if isinstance(target, ScriptBlock):
                return target.run(words)
            name = text(target)
        else:
            name = source(called)
        cmdlet = self._cmdlets.get(name.lower())
        if cmdlet is not None:
            return self._cmdlet(cmdlet, words, items)
        if items:
            raise PowerShellError(f"this stand-in can't pipe into {name}")
        status, lines = native.run(self._session, name, [_argument(word) for word in words])
        self._session.set("lastexitcode", status)
        return lines

    def _cmdlet(
        self, cmdlet: Cmdlet, words: Sequence[Parameter], items: list[Value]
    ) -> list[Value]:
        bound = cmdlet.bind(words)
        action = str(bound.get("erroraction") or self._session.error_action())
        try:
            return cmdlet.run(self._session, bound, items)
        except PowerShellError as error:
            if action.lower() == "silentlycontinue":
                return []
            if action.lower() != "stop":
                raise PowerShellError(
                    f"{error}\nthis stand-in knows only the $ErrorActionPreference 'Stop'"
                ) from None
            raise

    def _words(self, node: Node) -> list[Parameter]:
        words: list[Parameter] = []
        joined = False
        for each in node.children:
            if each.type == "command_argument_sep":
                joined = source(each).strip() == ":"
            elif each.type == "command_parameter":
                words.append(Parameter(source(each).removeprefix("-")))
            elif each.type == "redirection":
                raise unknown(each)
            else:
                value = source(each)
                if each.type != "generic_token":
                    value = self._expressions.value(each)
                if joined:
                    words[-1] = Parameter(words[-1].name, value, has_value=True)
                else:
                    words.append(Parameter("", value, has_value=True))
                joined = False
        return words


def _argument(word: Parameter) -> str:
    """Return a word as a program gets it."""
    if not word.name:
        return text(word.value)
    return f"-{word.name}:{text(word.value)}" if word.has_value else f"-{word.name}"
