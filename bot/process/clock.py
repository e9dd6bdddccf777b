"""The clock of the computer."""

from datetime import UTC, datetime

from typing_extensions import override

from provisioning.core.ports.engine import Clock


class SystemClock(Clock):
    """The computer's clock, in UTC."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)
