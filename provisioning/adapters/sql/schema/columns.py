"""The types of columns.

Times are UTC. SQLite has no time zones, so `Moment` adds the zone when it reads.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from typing_extensions import override

from provisioning.core.language import restored, stored
from provisioning.core.model.people import Standing
from provisioning.core.model.server import Stage, Status


class Moment(TypeDecorator[datetime]):
    """A point in time, stored in UTC and read with its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone, which would be ambiguous."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add the zone, which SQLite does not store."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An exact decimal, stored as text: SQLite's numbers are floats."""

    impl = String(32)
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write plain digits, never an exponent."""
        return None if value is None else format(value, "f")

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """Read the exact number."""
        return None if value is None else Decimal(value)


class Said(TypeDecorator[str]):
    """A text of the bot with its values, translated where it is shown; or any other string."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else stored(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else restored(value)


class Largest(TypeDecorator[tuple[tuple[str, int], ...]]):
    """Names with their bytes, stored as JSON."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(
        self, value: tuple[tuple[str, int], ...] | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    @override
    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[tuple[str, int], ...] | None:
        return None if value is None else tuple((str(n), int(b)) for n, b in json.loads(value))


class EnumValue(TypeDecorator[str]):
    """A member of one of the model's enumerations, by its value."""

    impl = String(20)
    cache_ok = True

    def __init__(self, enum: type[Status] | type[Stage] | type[Standing]) -> None:
        super().__init__(20)
        self.enum = enum

    @override
    def process_result_value(
        self, value: Any | None, dialect: Dialect
    ) -> Status | Stage | Standing | None:
        """Back to the enumeration."""
        return None if value is None else self.enum(value)
