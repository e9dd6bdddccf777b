"""The values of expressions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from tree_sitter import Node

from bot.sandbox.machines.process.windows import dotnet
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.syntax import child, named, required, source, unknown
from bot.sandbox.machines.process.windows.values import (
    Parameter,
    PowerShellError,
    Record,
    ScriptBlock,
    Table,
    Value,
    as_list,
    collapsed,
    compare,
    convert,
    match,
    text,
    truth,
)

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


class Statements(Protocol):
    """The part of an interpreter that runs the statements inside an expression."""

    def statements(self, node: Node) -> list[Value]:
        """Return the output of the statements below the node, in order."""
        ...

    def value_of(self, node: Node) -> Value:
        """Return the value that an assignment of the statement would store."""
        ...

    def body(
        self, parameters: Node | None, body: Node | None, words: Sequence[Parameter]
    ) -> list[Value]:
        """Bind the words to the parameters, run the body, and return its output."""
        ...


class Expressions:
    """The evaluation of expressions in one session."""

    def __init__(self, session: Session, statements: Statements) -> None:
        self._session = session
        self._inner = statements
        self._kinds: dict[str, Callable[[Node], Value]] = {
            "variable": lambda node: session.get(source(node)[1:].strip("{}")),
            "path_command_name": lambda node: self.value(node.children[0]),
            "string_literal": self._string,
            "verbatim_string_characters": self._verbatim,
            "expandable_string_literal": self._expandable,
            "integer_literal": lambda node: int(source(node)),
            "decimal_integer_literal": lambda node: int(source(node)),
            "real_literal": lambda node: float(source(node)),
            "parenthesized_expression": self._parenthesized,
            "sub_expression": lambda node: collapsed(self._statements(node)),
            "array_expression": self._statements,
            "hash_literal_expression": self._hash,
            "script_block_expression": self._block,
            "member_access": self._member,
            "element_access": self._element,
            "invokation_expression": self._invocation,
            "cast_expression": self._cast,
            "expression_with_unary_operator": self._unary,
        }

    def value(self, node: Node) -> Value:
        """Return the value of an expression."""
        if node.type in self._kinds:
            return self._kinds[node.type](node)
        if not node.type.endswith("expression"):
            raise unknown(node)
        parts = named(node)
        if node.type == "array_literal_expression" and len(parts) > 1:
            return [self.value(each) for each in parts]
        if len(node.children) == 1:
            return self.value(node.children[0])
        if len(parts) >= 2:
            return self._binary(node, parts)
        raise unknown(node)

    def assign(self, target: Node, value: Value) -> None:
        """Assign to `$table[key]`, the only target besides a variable."""
        while len(target.children) == 1:
            target = target.children[0]
        if target.type != "element_access":
            raise unknown(target)
        table = self.value(target.children[0])
        if not isinstance(table, Table):
            raise unknown(target)
        table[text(self.value(target.children[2]))] = value

    def _binary(self, node: Node, parts: list[Node]) -> Value:
        compared = child(node, "comparison_operator")
        sign = source(compared) if compared is not None else source(node.children[1])
        sign = sign.lower()
        left = self.value(parts[0])
        if sign == "-and":
            return truth(left) and truth(self.value(parts[-1]))
        if sign == "-or":
            return truth(left) or truth(self.value(parts[-1]))
        right = self.value(parts[-1])
        if sign in ("-match", "-notmatch"):
            return self._match(left, right) == (sign == "-match")
        if compared is not None:
            return compare(sign, left, right)
        return _arithmetic(node, sign, left, right)

    def _match(self, left: Value, pattern: Value) -> bool:
        """Return whether the text matches; `$Matches` holds the groups of the latest match."""
        found = match(left, pattern)
        if found is not None:
            groups = {str(at): group for at, group in enumerate((found[0], *found.groups()))}
            self._session.set("Matches", Table(groups))
        return found is not None

    def _string(self, node: Node) -> str:
        return str(self.value(node.children[0]))

    def _verbatim(self, node: Node) -> str:
        return source(node)[1:-1].replace("''", "'")

    def _expandable(self, node: Node) -> str:
        """Return the text with its variables and $(...) in place."""
        whole, start, made = source(node).encode(), node.start_byte, ""
        at = 1
        for part in node.children:
            if part.type in ("variable", "sub_expression"):
                made += _unescaped(whole[at : part.start_byte - start].decode())
                made += text(self.value(part))
                at = part.end_byte - start
        return made + _unescaped(whole[at:-1].decode())

    def _parenthesized(self, node: Node) -> Value:
        return self._inner.value_of(required(node, "pipeline"))

    def _statements(self, node: Node) -> list[Value]:
        listed = child(node, "statement_list")
        return self._inner.statements(listed) if listed is not None else []

    def _hash(self, node: Node) -> Table:
        table = Table()
        body = child(node, "hash_literal_body")
        for entry in named(body) if body else ():
            key, value = named(entry)[0], named(entry)[-1]
            inner = key.children[0]
            name = source(inner) if inner.type == "simple_name" else text(self.value(inner))
            table[name] = self._inner.value_of(value)
        return table

    def _block(self, node: Node) -> ScriptBlock:
        body = child(node, "script_block")
        inner = child(body, "param_block") if body is not None else None
        parameters = inner or child(node, "param_block")
        return ScriptBlock(lambda words: self._inner.body(parameters, body, words))

    def _member(self, node: Node) -> Value:
        owner, name = node.children[0], source(required(node, "member_name"))
        if source(node.children[1]) == "::":
            return dotnet.static_value(_type_name(owner), name)
        return dotnet.member(self.value(owner), name)

    def _element(self, node: Node) -> Value:
        owner, key = self.value(node.children[0]), self.value(node.children[2])
        if isinstance(owner, (Table, Record)):
            return owner.get(text(key))
        if isinstance(owner, (list, str)):
            return owner[int(key)] if int(key) < len(owner) else None
        raise unknown(node)

    def _invocation(self, node: Node) -> Value:
        listed = child(required(node, "argument_list"), "argument_expression_list")
        arguments = [self.value(each) for each in named(listed)] if listed else []
        owner, name = node.children[0], source(required(node, "member_name"))
        if source(node.children[1]) == "::":
            return dotnet.static_call(self._session, _type_name(owner), name, arguments)
        return dotnet.call(self.value(owner), name, arguments)

    def _cast(self, node: Node) -> Value:
        return convert(_type_name(required(node, "type_literal")), self.value(node.children[-1]))

    def _unary(self, node: Node) -> Value:
        first = node.children[0]
        if first.type == "cast_expression":
            return self._cast(first)
        value = self.value(node.children[-1])
        sign = source(first).lower()
        if sign in ("-not", "!"):
            return not truth(value)
        if sign == "-":
            return -value
        raise unknown(node)


def _arithmetic(node: Node, sign: str, left: Value, right: Value) -> Value:
    if sign == "+" and isinstance(left, list):
        return left + as_list(right)
    if sign == "+":
        return left + (text(right) if isinstance(left, str) else right)
    operators = {"-": operator.sub, "*": operator.mul, "/": operator.truediv}
    if sign not in operators:
        raise unknown(node)
    return operators[sign](left, right)


def _type_name(node: Node) -> str:
    if node.type != "type_literal":
        raise PowerShellError(f"this stand-in takes :: only after a type: {source(node)}")
    return source(node).strip("[]").lower().removeprefix("system.")


def _unescaped(part: str) -> str:
    part = re.sub(r"`(.)", lambda found: _ESCAPES.get(found[1], found[1]), part)
    return part.replace('""', '"')
