"""Cmdlets for objects of the pipeline, and for time."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.machines.process.windows.binding import ANY, SWITCH, Arguments, Cmdlet
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import (
    PowerShellError,
    Record,
    ScriptBlock,
    Table,
    Value,
    as_list,
    truth,
)


def _where(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [item for item in items if truth(_each(session, given["filterscript"], item))]


def _for_each(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [each for item in items for each in _each(session, given["process"], item)]


def _each(session: Session, block: Value, item: Value) -> list[Value]:
    session.set("_", item)
    if not isinstance(block, ScriptBlock):
        raise PowerShellError("Cannot bind parameter: it is not a script block.")
    return block.run(())


def _to_json(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    value = given.get("inputobject", items)
    return [json.dumps(_plain(value), indent=None if given.get("compress") else 2)]


def _plain(value: Value) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, (Record, Table)):
        return {key: _plain(each) for key, each in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise PowerShellError(f"this stand-in can't write a {type(value).__name__} as JSON")


def _new_span(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [timedelta(minutes=given.get("minutes", 0), seconds=given.get("seconds", 0))]


def _date(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [datetime.now().astimezone()]


def _sleep(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    time.sleep(given.get("seconds", 0) + given.get("milliseconds", 0) / 1000)
    return []


def _output(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return as_list(given["inputobject"])


CMDLETS = (
    Cmdlet("Out-Null", lambda session, given, items: [], {}),
    Cmdlet("Write-Output", _output, {"inputobject": ANY}, ("inputobject",), ("inputobject",)),
    Cmdlet("Where-Object", _where, {"filterscript": ANY}, ("filterscript",), ("filterscript",)),
    Cmdlet("ForEach-Object", _for_each, {"process": ANY}, ("process",), ("process",)),
    Cmdlet("ConvertTo-Json", _to_json, {"inputobject": ANY, "compress": SWITCH, "depth": "int"}),
    Cmdlet("New-TimeSpan", _new_span, {"minutes": "double", "seconds": "double"}),
    Cmdlet("Get-Date", _date, {}),
    Cmdlet("Start-Sleep", _sleep, {"seconds": "double", "milliseconds": "double"}, ("seconds",)),
)
