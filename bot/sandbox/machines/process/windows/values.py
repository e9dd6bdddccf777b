"""PowerShell's values as Python's: text, truth, comparison.

Arrays are lists, hashtables `Table`, objects with properties `Record`, blocks in braces
`ScriptBlock`; `None` is `$null`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Value = Any


class PowerShellError(Exception):
    """What ends a script: as PowerShell says it, or what this stand-in does not know."""


class Record(dict[str, Value]):
    """An object with properties. Their names don't care about case."""

    def member(self, name: str) -> Value:
        """Raises PowerShellError for an unknown one, where the real one would say nothing."""
        for key, value in self.items():
            if key.lower() == name.lower():
                return value
        raise PowerShellError(f"this stand-in's object has no property {name}: {', '.join(self)}")


class Table(dict[str, Value]):
    """A hashtable with keys of text."""


@dataclass(frozen=True)
class Parameter:
    """One word of a call.

    `name` is empty for a value without a name. `has_value` is False for a name that no value
    follows yet.
    """

    name: str
    value: Value = None
    has_value: bool = False


@dataclass(frozen=True)
class ScriptBlock:
    """A block in braces; `run` binds its parameters and runs it in the caller's scope."""

    run: Callable[[Sequence[Parameter]], list[Value]]


def as_list(value: Value) -> list[Value]:
    """What a pipeline makes of a value."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def collapsed(items: list[Value]) -> Value:
    """What an assignment makes of a pipeline's items."""
    if not items:
        return None
    return items[0] if len(items) == 1 else items


def text(value: Value) -> str:
    """As in a string that is expanded, or an argument of a program."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list):
        return " ".join(text(each) for each in value)
    raise PowerShellError(f"this stand-in does not write out a {type(value).__name__}")


def truth(value: Value) -> bool:
    """As a condition."""
    if isinstance(value, list):
        return truth(value[0]) if len(value) == 1 else bool(value)
    if isinstance(value, (Record, Table, timedelta)):
        return True
    return bool(value)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return text(left).lower() == text(right).lower()
    return bool(left == right)


def _number(value: Value) -> Value:
    if isinstance(value, str):
        return float(value) if "." in value else int(value)
    return value


def _like(left: Value, right: Value) -> bool:
    return fnmatch.fnmatchcase(text(left).lower(), text(right).lower())


_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "-eq": _equal,
    "-ne": lambda left, right: not _equal(left, right),
    "-gt": lambda left, right: _number(left) > _number(right),
    "-ge": lambda left, right: _number(left) >= _number(right),
    "-lt": lambda left, right: _number(left) < _number(right),
    "-le": lambda left, right: _number(left) <= _number(right),
    "-like": _like,
    "-notlike": lambda left, right: not _like(left, right),
    "-contains": lambda left, right: any(_equal(each, right) for each in as_list(left)),
    "-notcontains": lambda left, right: not any(_equal(each, right) for each in as_list(left)),
    "-in": lambda left, right: any(_equal(left, each) for each in as_list(right)),
    "-notin": lambda left, right: not any(_equal(left, each) for each in as_list(right)),
}


def compare(operator: str, left: Value, right: Value) -> Value:
    """A comparison but for -match. A list on the left is filtered by -eq, -ne, -like and
    their kin, as the real ones do."""
    operator = operator.lower()
    if operator not in _COMPARISONS:
        raise PowerShellError(f"this stand-in does not know the operator {operator}")
    holds = _COMPARISONS[operator]
    if isinstance(left, list) and operator not in ("-contains", "-notcontains", "-in", "-notin"):
        return [each for each in left if holds(each, right)]
    return holds(left, right)


def match(left: Value, pattern: Value) -> re.Match[str] | None:
    """-match: without case."""
    if isinstance(left, list):
        raise PowerShellError("this stand-in matches no lists")
    return re.search(text(pattern), text(left), re.IGNORECASE)


def convert(kind: str, value: Value) -> Value:
    """A cast, or a parameter of that type."""
    kind = kind.lower().removeprefix("system.")
    if kind.endswith("[]"):
        return [convert(kind[:-2], each) for each in as_list(value)]
    converters: dict[str, Callable[[Value], Value]] = {
        "string": text,
        "int": lambda given: round(_number(given)),
        "double": lambda given: float(_number(given)),
        "bool": truth,
        "switch": truth,
        "pscustomobject": Record,
        "ordered": Table,
    }
    if kind not in converters:
        raise PowerShellError(f"this stand-in does not know the type [{kind}]")
    try:
        return converters[kind](value)
    except ValueError:
        raise PowerShellError(f'Cannot convert value "{text(value)}" to type "{kind}".') from None
