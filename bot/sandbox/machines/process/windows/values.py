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
    """An error that ends a script: PowerShell's own, or a limit of this stand-in."""


class Record(dict[str, Value]):
    """An object with properties; the case of a property's name does not matter."""

    def member(self, name: str) -> Value:
        """Return a property. Raise PowerShellError for an unknown one, which PowerShell would
        ignore."""
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
    """Return a pipeline's items for a value."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def collapsed(items: list[Value]) -> Value:
    """Return the value that an assignment of a pipeline's items stores."""
    if not items:
        return None
    return items[0] if len(items) == 1 else items


def text(value: Value) -> str:
    """Return a value as text, as in an expanded string or an argument of a program."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list):
        return " ".join(text(each) for each in value)
    raise PowerShellError(f"this stand-in can't write a {type(value).__name__} as text")


def truth(value: Value) -> bool:
    """Return a value as a condition."""
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
    """Compare two values, without -match.

    -eq, -ne, -like and their kin filter a list on the left, as PowerShell does.
    """
    operator = operator.lower()
    if operator not in _COMPARISONS:
        raise PowerShellError(f"this stand-in does not know the operator {operator}")
    holds = _COMPARISONS[operator]
    if isinstance(left, list) and operator not in ("-contains", "-notcontains", "-in", "-notin"):
        return [each for each in left if holds(each, right)]
    return holds(left, right)


def match(left: Value, pattern: Value) -> re.Match[str] | None:
    """Match a pattern (-match); case does not matter."""
    if isinstance(left, list):
        raise PowerShellError("this stand-in can't match a list")
    return re.search(text(pattern), text(left), re.IGNORECASE)


def convert(kind: str, value: Value) -> Value:
    """Convert a value to the type of a cast or of a parameter."""
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
