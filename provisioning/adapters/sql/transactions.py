"""What the stores over SQLAlchemy have in common: whole transactions, rows as values."""

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from provisioning.adapters.sql.tables import servers
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.server import (
    AccessList,
    CardPassword,
    Failure,
    PasswordHidden,
    ResizeRequest,
    Server,
    Snapshot,
    Status,
)

ENDED = (Status.DELETED, Status.FAILED)
_BUSY_TRIES = 10
_under_way: set["asyncio.Future[Any]"] = set()
_gates: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()
_FIELDS = tuple(field.name for field in fields(Server))


@dataclass(frozen=True)
class _Group:
    """A field of `Server` in several columns: those of the value's own fields, in their order.
    An empty first column means that there is no value."""

    kind: type
    columns: tuple[str, ...]


_GROUPS: Mapping[str, _Group] = {
    "card": _Group(Delivery, ("card_channel", "card_ts")),
    "failure": _Group(Failure, ("failure", "failure_code")),
    "snapshot": _Group(Snapshot, ("copy", "copy_until")),
    "password": _Group(
        CardPassword, ("password_expires_at", "password_shown_at", "password_used_at")
    ),
    "resize": _Group(ResizeRequest, ("wished_size", "wished_price")),
    "access_list": _Group(AccessList, ("people_version", "people_applied")),
}
_LISTS = frozenset({"packages", "packages_applied", "elsewhere"})
"""Fields of `Server` that are one column, with spaces between their values."""

P = ParamSpec("P")
T = TypeVar("T")


def to_its_end(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a transaction end although its caller is cancelled: a write that was interrupted
    between its statement and its commit would hold SQLite's only write lock. Where somebody
    else holds that for long, nothing was written, and it is tried again."""

    async def patiently(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_BUSY_TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except OperationalError as error:
                if not _is_busy(error):
                    raise
        return await method(*args, **kwargs)

    @functools.wraps(method)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        work = asyncio.ensure_future(patiently(*args, **kwargs))
        _under_way.add(work)
        work.add_done_callback(_under_way.discard)
        return await asyncio.shield(work)

    return run


def _is_busy(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes. They queue here where the database is SQLite: it takes one
    writer, and the others would look again and again, in no order, until one that is unlucky has
    waited too long. Not to be nested."""
    if engine.dialect.name != "sqlite":
        async with engine.begin() as connection:
            yield connection
        return
    async with _gates.setdefault(engine, asyncio.Lock()), engine.begin() as connection:
        yield connection


async def until_none_is_under_way() -> None:
    """Wait for the transactions of this event loop, also those that nobody waits for any more."""
    loop = asyncio.get_running_loop()
    while work := [each for each in _under_way if each.get_loop() is loop]:
        await asyncio.wait(work)


def server_of(row: Row[Any]) -> Server:
    """Return the server of a row."""
    return Server(**{name: _field(row, name) for name in _FIELDS})


def _field(row: Row[Any], name: str) -> Any:
    if name in _LISTS:
        return tuple(getattr(row, name).split())
    if name not in _GROUPS:
        return getattr(row, name)
    group = _GROUPS[name]
    if not getattr(row, group.columns[0]):
        return AccessList() if group.kind is AccessList else None
    return group.kind(*(getattr(row, column) for column in group.columns))


def server_values(server: Server) -> dict[str, object]:
    """Return the columns of a server's row."""
    return changed_values({name: getattr(server, name) for name in _FIELDS})


def changed_values(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the columns of some of a server's fields.

    Raises:
        TypeError: a name is not a field of `Server`.
    """
    values: dict[str, object] = {}
    for name, value in changes.items():
        if name not in _FIELDS:
            raise TypeError(f"Server has no field {name!r}")
        values |= _columns(name, value)
    return values


def _columns(name: str, value: Any) -> dict[str, object]:
    if isinstance(value, PasswordHidden):
        return {"password_shown_at": None}
    if name in _LISTS:
        return {name: " ".join(value)}
    if name not in _GROUPS:
        return {name: value}
    columns = _GROUPS[name].columns
    if value is None:
        return {column: None if servers.c[column].nullable else "" for column in columns}
    parts = fields(_GROUPS[name].kind)
    return {column: getattr(value, part.name) for column, part in zip(columns, parts, strict=False)}


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
