"""What the stores over SQLAlchemy have in common: whole transactions, rows as values."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Row

from provisioning.model import Event, Server, Status

ENDED = (Status.DELETED, Status.FAILED)
_under_way: set["asyncio.Future[Any]"] = set()
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
        work = asyncio.ensure_future(method(*args, **kwargs))
        _under_way.add(work)
        work.add_done_callback(_under_way.discard)
        return await asyncio.shield(work)

    return run


async def until_none_is_under_way() -> None:
    """Wait for the transactions of this event loop, also those that nobody waits for any more."""
    loop = asyncio.get_running_loop()
    while work := [each for each in _under_way if each.get_loop() is loop]:
        await asyncio.wait(work)


def server_of(row: Row[Any]) -> Server:
    """The server that a row of the table is."""
    return Server(**{name: getattr(row, name) for name in _FIELDS})


def event_values(event: Event, server: Server | None = None) -> dict[str, object]:
    """The columns of an audit event; with the `server` that it is a change of, as it is after."""
    values = {field.name: getattr(event, field.name) for field in fields(Event)}
    if server is None:
        return values
    return values | {
        "status": server.status,
        "owner": server.owner,
        "size": server.size,
        "price_per_hour": server.price_per_hour,
    }
