"""Requests of a cmdlet to its machine's init."""

import json
from typing import Any

from bot.sandbox.machines.process.client import ask
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import PowerShellError, Record


def ask_init(session: Session, verb: str, **payload: Any) -> Any:
    """Return the answer to a verb. Raise PowerShellError with the machine's message."""
    answer = ask(session.tree.directory, "windows", [verb, json.dumps(payload)])
    if answer["status"] != 0:
        raise PowerShellError(answer["stderr"])
    return json.loads(answer["stdout"])


def record(session: Session, verb: str, **payload: Any) -> Record:
    """Return the answer as an object."""
    return Record(ask_init(session, verb, **payload))
