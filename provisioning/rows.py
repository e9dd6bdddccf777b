"""Rows of the tables as the model has them, and back."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from provisioning.model import Event, Server

_SERVER_FIELDS = tuple(field.name for field in fields(Server))


def server_of(row: Row[Any]) -> Server:
    """A row of `servers` as the model has it."""
    return Server(**{name: getattr(row, name) for name in _SERVER_FIELDS})


def event_values(event: Event) -> dict[str, object]:
    """An event as a row."""
    return {field.name: getattr(event, field.name) for field in fields(Event)}
