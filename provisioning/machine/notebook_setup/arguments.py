"""The fields that a subcommand reads from its JSON object: machine, user, member, moments.

Each function raises `SpecificationError` for a field that is missing or wrong.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .adapters import System, system_of
from .configuration import SOURCE, read_machine
from .errors import SetUpError
from .files import ensure_file
from .layout import Layout
from .specification import Specification, SpecificationError, absolute_root
from .users import NotebookUser

REMEMBERED = SOURCE.parent / "installed.json"
"""File beside the uploaded folder in which `apply` keeps the root for the other subcommands."""


def read_object() -> Mapping[str, Any]:
    """Read one JSON object from standard input, without waiting for the end of the input.

    Empty input is an empty object.
    """
    text = ""
    for line in sys.stdin:
        text += line
        with contextlib.suppress(ValueError):
            data = json.loads(text)
            if not isinstance(data, dict):
                break
            return data
    if text.strip():
        raise SpecificationError("Standard input must be one JSON object.")
    return {}


def remember(specification: Specification, layout: Layout) -> None:
    """Write down the root and the operating system for the other subcommands."""
    where = {"root": str(layout.root), "os": specification.platform.os}
    ensure_file(REMEMBERED, json.dumps(where))


def machine_of(data: Mapping[str, Any]) -> tuple[System, Layout]:
    """Return the system and the layout that `apply` worked on: as given, or as remembered.

    Raises `SetUpError` if `apply` has never run here.
    """
    where: Mapping[str, Any] = data
    if "root" not in data or "os" not in data:
        if not REMEMBERED.is_file():
            raise SetUpError("This machine has not been set up yet: run apply first.")
        where = {**json.loads(REMEMBERED.read_text(encoding="utf-8")), **data}
    system = system_of(str(where["os"]))
    layout = system.layout(absolute_root(str(where["root"])))
    if not layout.machine_file.is_file():
        raise SetUpError("This machine has not been set up yet: run apply first.")
    return system, layout


def user_of(data: Mapping[str, Any]) -> tuple[NotebookUser, Layout]:
    """Return the user that the notebooks run as on that machine, and the machine's layout."""
    system, layout = machine_of(data)
    return system.user(str(read_machine(layout)["user"]), layout), layout


def member_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id and the name of the member that the request is about."""
    user = data.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("id"), str) or not user["id"]:
        raise SpecificationError("user must have an id.")
    return user["id"], str(user.get("name") or user["id"])


def seconds_of(data: Mapping[str, Any], name: str) -> float:
    """Return a field as Unix seconds; it holds Unix seconds or an ISO 8601 time with its zone."""
    value = data.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    with contextlib.suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return moment.timestamp()
    raise SpecificationError(f"{name} must be Unix seconds or an ISO time with its zone.")
