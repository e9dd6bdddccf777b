"""What the stores over SQLAlchemy have in common: whole transactions, rows as values."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Row

from provisioning.model import Event, Server, Status

ENDED = (Status.DELETED, Status.FAILED)
_FIELDS = tuple(field.name for field in fields(Server))

P = ParamSpec("P")
T = TypeVar("T")


def to_its_end(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a transaction end although its caller is cancelled: a write that was interrupted
    between its statement and its commit would hold SQLite's only write lock."""

    @functools.wraps(method)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.shield(asyncio.ensure_future(method(*args, **kwargs)))

    return run


def server_of(row: Row[Any]) -> Server:
    """The server that a row of the table is."""
    return Server(**{name: getattr(row, name) for name in _FIELDS})


def event_values(event: Event) -> dict[str, object]:
    """The columns of an audit event."""
    return {field.name: getattr(event, field.name) for field in fields(Event)}
