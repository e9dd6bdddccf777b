"""Rows of the tables as values, and values as columns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Integer, Row

from provisioning.adapters.sql.schema.tables import servers
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.machine import Absence, DiskUse, DiskWarning, Outage
from provisioning.core.model.server import (
    AccessList,
    CardPassword,
    Failure,
    PasswordHidden,
    Remains,
    ResizeRequest,
    Server,
    Snapshot,
    Status,
)

ENDED = (Status.DELETED, Status.FAILED)


_FIELDS = tuple(field.name for field in fields(Server))


@dataclass(frozen=True)
class _Group:
    """A field of `Server` in several columns: those of the value's own fields, in order.

    An empty first column means None.
    """

    kind: type
    columns: tuple[str, ...]


_GROUPS: Mapping[str, _Group] = {
    "card": _Group(Delivery, ("card_channel", "card_ts")),
    "failure": _Group(Failure, ("failure", "failure_code", "failure_job")),
    "remains": _Group(Remains, ("remains_job", "remains_reason")),
    "snapshot": _Group(Snapshot, ("copy", "copy_until")),
    "password": _Group(
        CardPassword, ("password_expires_at", "password_shown_at", "password_used_at")
    ),
    "resize": _Group(ResizeRequest, ("wished_size", "wished_price", "wished_disk")),
    "disk": _Group(DiskUse, ("disk_size", "disk_used", "disk_free", "disk_largest")),
    "disk_warning": _Group(DiskWarning, ("disk_warned_at", "disk_warned_level", "disk_warned")),
    "outage": _Group(Outage, ("outage_since", "outage_until", "outage_log")),
    "absence": _Group(Absence, ("absent_since", "absent_looks", "absent_disk")),
    "access_list": _Group(AccessList, ("people_version", "people_applied")),
}


_LISTS = frozenset({"packages", "packages_applied", "elsewhere"})
"""Fields of `Server` in one column, with spaces between their values."""


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
        return {column: _nothing(column) for column in columns}
    parts = fields(_GROUPS[name].kind)
    return {column: getattr(value, part.name) for column, part in zip(columns, parts, strict=False)}


def _nothing(column: str) -> object:
    """Return what a column has while its group is None."""
    found = servers.c[column]
    return None if found.nullable else 0 if isinstance(found.type, Integer) else ""


def event_values(event: Event, server: Server | None = None) -> dict[str, object]:
    """Return the columns of an audit event.

    If the event is of a change of a server, `server` is the server after that change.
    """
    values = {field.name: getattr(event, field.name) for field in fields(Event)}
    if server is None:
        return values
    return values | {
        "status": server.status,
        "owner": server.owner,
        "size": server.size,
        "price_per_hour": server.price_per_hour,
        "disk_price": server.disk_price,
    }
