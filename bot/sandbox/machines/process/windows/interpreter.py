"""Running a script: statements, pipelines and commands. Expressions are in `expressions`.

A subset, over tree-sitter's tree: what is not in it is refused with its line. Errors of
cmdlets end the script, so a script must say `$ErrorActionPreference = 'Stop'` before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows import native
from bot.sandbox.machines.process.windows.binding import (
    ANY,
    SWITCH,
    Cmdlet,
    Parameter,
    read_words,
)
from bot.sandbox.machines.process.windows.expressions import Expressions
from bot.sandbox.machines.process.windows.syntax import (
    child,
    named,
    parse,
    required,
    source,
    unknown,
)
from bot.sandbox.machines.process.windows.values import (
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
    """`break`, `continue` or `return`; `value` is what `return` gives."""

    def __init__(self, kind: str, value: Sequence[Value] = ()) -> None:
        self.kind = kind
        self.value = list(value)


@dataclass(frozen=True)
class ScriptBlock:
    """A block in braces: its parameters and its statements."""

    parameters: Node | None
    body: Node | None


class Shell:
    """One run of a script on one machine. `environ` is its environment, which `$env:` reads
    and changes."""

    def __init__(
        self, tree: Tree, environ: dict[str, str], directory: Path, cmdlets: Mapping[str, Cmdlet]
    ) -> None:
        self.tree = tree
        self.environ = environ
        self.directory = directory
        self._cmdlets = cmdlets
        self._variables: dict[str, Value] = {"lastexitcode": 0}
        self._expressions = Expressions(self)

    # -- variables

    def get(self, name: str) -> Value:
        """`$name`. Raises PowerShellError for one that was never set."""
        scope, _, rest = name.partition(":")
        if rest and scope.lower() == "env":
            found = {key.lower(): value for key, value in self.environ.items()}
            return found.get(rest.lower())
        constants: dict[str, Value] = {"true": True, "false": False, "null": None}
        lower = name.lower()
        if lower in constants:
            return constants[lower]
        if lower not in self._variables:
            raise PowerShellError(f"the variable ${name} was never set")
        return self._variables[lower]

    def set(self, name: str, value: Value) -> None:
        """`$name = ...`."""
        scope, _, rest = name.partition(":")
        if rest and scope.lower() == "env":
            self.environ[rest] = text(value)
        else:
            self._variables[name.lower()] = value

    def path(self, value: Value) -> Path:
        """A path of the script's on this computer; `\\` and `/` are the same."""
        return self.directory / text(value).replace("\\", "/")

    # -- scripts and blocks

    def run_script(self, script: str, words: Sequence[Parameter]) -> None:
        """Run a file and print what it gives. Raises PowerShellError or Exit."""
        root = parse(script)
        try:
            for item in self._body(child(root, "param_block"), root, words):
                print(_printed(item))
        finally:
            sys.stdout.flush()

    def call(self, block: ScriptBlock, words: Sequence[Parameter] = ()) -> list[Value]:
        """Run a block in its caller's scope."""
        return self._body(block.parameters, block.body, words)

    def _body(
        self, parameters: Node | None, body: Node | None, words: Sequence[Parameter]
    ) -> list[Value]:
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
        self._variables.update(defaults | bound)

    # -- statements

    def statements(self, node: Node) -> list[Value]:
        """What the statements below the node give, in order."""
        found: list[Value] = []
        for each in named(node):
            if each.type in ("statement_list", "script_block_body", "script_block"):
                found += self.statements(each)
            elif each.type not in ("param_block", "empty_statement"):
                found += self.statement(each)
        return found

    def statement(self, node: Node) -> list[Value]:
        """What one statement gives."""
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
            self.set(name, item)
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
        """What comes out at the end of a pipeline; an assignment gives nothing."""
        assignment = child(node, "assignment_expression")
        if assignment is not None:
            self._assign(assignment)
            return []
        chain = required(node, "pipeline_chain")
        stages = named(chain)
        items: list[Value] = []
        for position, stage in enumerate(stages):
            if stage.type == "command":
                items = self._command(stage, items, first=position == 0)
            elif position == 0:
                items = as_list(self._expressions.value(stage))
            else:
                raise unknown(stage)
        return items

    def value_of(self, node: Node) -> Value:
        """What an assignment makes of a statement: an expression is itself, also an array of one;
        what comes out of commands is collapsed."""
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
            self.set(name[1:], value)
        elif operator == "=":
            self._expressions.assign(target, value)
        else:
            raise unknown(node)

    def _command(self, node: Node, items: list[Value], *, first: bool) -> list[Value]:
        elements = child(node, "command_elements")
        words = self._words(elements) if elements is not None else []
        called = child(node, "command_name")
        if called is None:
            target = self._expressions.value(named(required(node, "command_name_expr"))[0])
            if isinstance(target, ScriptBlock):
                return self.call(target, words)
            name = text(target)
        else:
            name = source(called)
        cmdlet = self._cmdlets.get(name.lower())
        if cmdlet is not None:
            return self._cmdlet(cmdlet, words, items)
        if items:
            raise PowerShellError(f"this stand-in pipes nothing into {name}")
        status, lines = native.run(self, name, [self._argument(word) for word in words])
        self.set("lastexitcode", status)
        return lines

    def _cmdlet(
        self, cmdlet: Cmdlet, words: Sequence[Parameter], items: list[Value]
    ) -> list[Value]:
        bound = cmdlet.bind(words)
        action = str(bound.get("erroraction") or self._variables.get("erroractionpreference") or "")
        try:
            return cmdlet.run(self, bound, items)
        except PowerShellError as error:
            if action.lower() == "silentlycontinue":
                return []
            if action.lower() != "stop":
                raise PowerShellError(
                    f"{error}\nthis stand-in knows no other $ErrorActionPreference than 'Stop'"
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

    def _argument(self, word: Parameter) -> str:
        """A word as a program gets it."""
        if not word.name:
            return text(word.value)
        return f"-{word.name}:{text(word.value)}" if word.has_value else f"-{word.name}"


def _type_of(attributes: Node | None) -> str:
    found = re.findall(r"\[\s*([\w.]+(?:\[\])?)\s*\]", source(attributes)) if attributes else []
    return found[-1].lower() if found else ANY


def _printed(item: Value) -> str:
    if isinstance(item, (str, int, float, bool)):
        return text(item)
    raise PowerShellError(f"this stand-in prints no {type(item).__name__}: use ConvertTo-Json")
