"""The few members of .NET's types that the product's scripts use."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import (
    PowerShellError,
    Record,
    Table,
    Value,
    as_list,
    text,
)


def static_value(kind: str, name: str) -> Value:
    """Return the value of `[Kind]::Name`."""
    values: dict[tuple[str, str], Callable[[], Value]] = {
        ("timespan", "zero"): timedelta,
        ("console", "in"): lambda: Record({"stream": "stdin"}),
    }
    found = values.get((kind, name.lower()))
    if found is None:
        raise PowerShellError(f"this stand-in does not know [{kind}]::{name}")
    return found()


def static_call(session: Session, kind: str, name: str, arguments: list[Value]) -> Value:
    """Return the result of `[Kind]::Name(...)`."""
    calls: dict[tuple[str, str], Callable[..., Value]] = {
        ("convert", "frombase64string"): _from_base64,
        ("io.file", "writeallbytes"): lambda path, data: _write(session, path, data),
    }
    found = calls.get((kind, name.lower()))
    if found is None:
        raise PowerShellError(f"this stand-in does not know [{kind}]::{name}()")
    return _called(f"[{kind}]::{name}", found, arguments)


def member(owner: Value, name: str) -> Value:
    """Return the value of `$owner.Name`; for a list, the values of its items, except Count."""
    lower = name.lower()
    if lower in ("count", "length") and isinstance(owner, (list, str)):
        return len(owner)
    if isinstance(owner, Record):
        return owner.member(name)
    if isinstance(owner, Table):
        if lower == "keys":
            return list(owner)
        return next((value for key, value in owner.items() if key.lower() == lower), None)
    if isinstance(owner, list):
        return [member(each, name) for each in owner]
    if isinstance(owner, timedelta) and lower == "totalseconds":
        return owner.total_seconds()
    raise PowerShellError(f"this stand-in does not know {name} of a {type(owner).__name__}")


_FILE_TIME_EPOCH = 11_644_473_600
"""Seconds from 1601, the start of Windows's file times, to 1970."""


def call(owner: Value, name: str, arguments: list[Value]) -> Value:
    """Return the result of `$owner.Name(...)`."""
    lower = name.lower()
    if isinstance(owner, str):
        methods: dict[str, Callable[..., Value]] = {
            "contains": lambda part: text(part) in owner,
            "tolower": owner.lower,
            "trim": owner.strip,
            "startswith": lambda part: owner.startswith(text(part)),
        }
        if lower in methods:
            return _called(name, methods[lower], arguments)
    if isinstance(owner, Table) and lower == "containskey":
        return text(arguments[0]) in owner
    if isinstance(owner, datetime) and lower == "addseconds":
        return owner + timedelta(seconds=float(arguments[0]))
    if isinstance(owner, datetime) and lower == "tofiletime":
        return int((owner.timestamp() + _FILE_TIME_EPOCH) * 10_000_000)
    if owner == {"stream": "stdin"} and lower == "readline":
        return sys.stdin.readline().rstrip("\r\n")
    raise PowerShellError(f"this stand-in does not know {name}() of a {type(owner).__name__}")


def _called(name: str, function: Callable[..., Value], arguments: list[Value]) -> Value:
    try:
        return function(*arguments)
    except TypeError:
        raise PowerShellError(
            f'Cannot find an overload for "{name}" and the argument count: "{len(arguments)}".'
        ) from None


def _from_base64(value: Value) -> bytes:
    try:
        return base64.b64decode(text(value), validate=True)
    except binascii.Error:
        raise PowerShellError("The input is not a valid Base-64 string.") from None


def _write(session: Session, path: Value, data: Value) -> None:
    if not isinstance(data, bytes):
        data = bytes(as_list(data))
    try:
        session.path(path).write_bytes(data)
    except OSError as error:
        raise PowerShellError(f"Could not write '{text(path)}': {error.strerror}.") from None
