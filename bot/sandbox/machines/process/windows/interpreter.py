"""The interpreter of scripts: statements and pipelines.

It runs a subset of PowerShell over tree-sitter's tree; anything else is refused with its line.
Errors of cmdlets end the script, so a script must first set `$ErrorActionPreference = 'Stop'`.
Expressions are in `expressions`, commands in `calls`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tree_sitter import Node

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.binding import (
    ANY,
    SWITCH,
    Cmdlet,
    read_words,
)
from bot.sandbox.machines.process.windows.calls import Calls
from bot.sandbox.machines.process.windows.expressions import Expressions
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.syntax import (
    child,
    named,
    parse,
    required,
    source,
    unknown,
)
from bot.sandbox.machines.process.windows.values import (
    Parameter,
    PowerShellError,
    Value,
    as_list,
    collapsed,
    text,
    truth,
)


class Exit(Exception):  # noqa: N818 - `exit` of the language
    """The script ends with a status."""

    def __init__(self, status: int) -> None:
        self.status = status


class _Leave(Exception):  # noqa: N818
    """`break`, `continue` or `return`; `value` is the value of a `return`."""

    def __init__(self, kind: str, value: Sequence[Value] = ()) -> None:
        self.kind = kind
        self.value = list(value)


class Shell:
    """The interpreter of one run of a script on one machine."""

    def __init__(
        self, tree: Tree, environ: dict[str, str], directory: Path, cmdlets: Mapping[str, Cmdlet]
    ) -> None:
        self.session = Session(tree, environ, directory)
        self._expressions = Expressions(self.session, self)
        self._calls = Calls(self.session, self._expressions, cmdlets)

    # -- scripts and blocks

    def run_script(self, script: str, words: Sequence[Parameter]) -> None:
        """Run a file and print its output. Raise PowerShellError or Exit."""
        root = parse(script)
        try:
            for item in self.body(child(root, "param_block"), root, words):
                print(_printed(item))
        finally:
            sys.stdout.flush()

    def body(
        self, parameters: Node | None, body: Node | None, words: Sequence[Parameter]
    ) -> list[Value]:
        """Bind the words to the parameters, run the body, and return its output."""
        self._bind(parameters, words)
        try:
            return self.statements(body) if body is not None else []
        except _Leave as leave:
            if leave.kind != "return":
                raise PowerShellError(f"{leave.kind} outside of a loop") from None
            return leave.value

    def _bind(self, block: Node | None, words: Sequence[Parameter]) -> None:
        known: dict[str, str] = {}
        mandatory: list[str] = []
        defaults: dict[str, Value] = {}
        listed = child(block, "parameter_list") if block else None
        for parameter in named(listed) if listed else ():
            name = source(required(parameter, "variable")).removeprefix("$").lower()
            attributes = child(parameter, "attribute_list")
            known[name] = _type_of(attributes)
            if attributes is not None and "mandatory" in source(attributes).lower():
                mandatory.append(name)
            default = child(parameter, "script_parameter_default")
            defaults[name] = False if known[name] == SWITCH else None
            if default is not None:
                defaults[name] = self._expressions.value(named(default)[-1])
        bound = read_words("the script", words, known, tuple(known))
        missing = [name for name in mandatory if bound.get(name) in (None, "")]
        if missing:
            raise PowerShellError(f"the script needs -{' -'.join(missing)}")
        for name, value in (defaults | bound).items():
            self.session.set(name, value)

    # -- statements

    def statements(self, node: Node) -> list[Value]:
        """Return the output of the statements below the node, in order."""
        found: list[Value] = []
        for each in named(node):
            if each.type in ("statement_list", "script_block_body", "script_block"):
                found += self.statements(each)
            elif each.type not in ("param_block", "empty_statement"):
                found += self.statement(each)
        return found

    def statement(self, node: Node) -> list[Value]:
        """Return the output of one statement."""
        kinds: dict[str, Callable[[Node], list[Value]]] = {
            "pipeline": self.pipeline,
            "if_statement": self._if,
            "foreach_statement": self._foreach,
            "while_statement": self._while,
            "flow_control_statement": self._flow,
        }
        if node.type not in kinds:
            raise unknown(node)
        return kinds[node.type](node)

    def _if(self, node: Node) -> list[Value]:
        clauses = child(node, "elseif_clauses")
        for each in (node, *(named(clauses) if clauses else ())):
            if truth(collapsed(self.pipeline(required(each, "pipeline")))):
                return self.statements(required(each, "statement_block"))
        otherwise = child(node, "else_clause")
        return self.statements(required(otherwise, "statement_block")) if otherwise else []

    def _foreach(self, node: Node) -> list[Value]:
        name = source(required(node, "variable")).removeprefix("$")
        items = self.pipeline(required(node, "pipeline"))
        found: list[Value] = []
        for item in items:
            self.session.set(name, item)
            try:
                found += self.statements(required(node, "statement_block"))
            except _Leave as leave:
                if leave.kind == "break":
                    break
                if leave.kind != "continue":
                    raise
        return found

    def _while(self, node: Node) -> list[Value]:
        condition = required(required(node, "while_condition"), "pipeline")
        found: list[Value] = []
        while truth(collapsed(self.pipeline(condition))):
            try:
                found += self.statements(required(node, "statement_block"))
            except _Leave as leave:
                if leave.kind == "break":
                    break
                if leave.kind != "continue":
                    raise
        return found

    def _flow(self, node: Node) -> list[Value]:
        word = source(node.children[0]).lower()
        given = child(node, "pipeline")
        items = self.pipeline(given) if given is not None else []
        if word == "throw":
            raise PowerShellError(text(collapsed(items)))
        if word == "exit":
            raise Exit(int(collapsed(items) or 0))
        raise _Leave(word, items)

    # -- pipelines

    def pipeline(self, node: Node) -> list[Value]:
        """Return the output of a pipeline; an assignment has none."""
        assignment = child(node, "assignment_expression")
        if assignment is not None:
            self._assign(assignment)
            return []
        chain = required(node, "pipeline_chain")
        stages = named(chain)
        items: list[Value] = []
        for position, stage in enumerate(stages):
            if stage.type == "command":
                items = self._calls.run(stage, items)
            elif position == 0:
                items = as_list(self._expressions.value(stage))
            else:
                raise unknown(stage)
        return items

    def value_of(self, node: Node) -> Value:
        """Return the value that an assignment of a statement would store.

        An expression is stored as it is, also an array of one item; the output of commands is
        collapsed.
        """
        chain = child(node, "pipeline_chain") if node.type == "pipeline" else None
        if chain is not None and len(named(chain)) == 1 and named(chain)[0].type != "command":
            return self._expressions.value(named(chain)[0])
        return collapsed(self.statement(node))

    def _assign(self, node: Node) -> None:
        operator = source(required(node, "assignement_operator"))
        target = named(node)[0]
        last = named(node)[-1]
        value = self.value_of(last)
        name = source(target)
        if operator == "=" and re.fullmatch(r"\$[\w:]+", name):
            self.session.set(name[1:], value)
        elif operator == "=":
            self._expressions.assign(target, value)
        else:
            raise unknown(node)


def _type_of(attributes: Node | None) -> str:
    found = re.findall(r"\[\s*([\w.]+(?:\[\])?)\s*\]", source(attributes)) if attributes else []
    return found[-1].lower() if found else ANY


def _printed(item: Value) -> str:
    if isinstance(item, (str, int, float, bool)):
        return text(item)
    raise PowerShellError(f"this stand-in can't print a {type(item).__name__}: use ConvertTo-Json")
