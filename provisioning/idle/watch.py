"""What is kept about each server for the scheduled cleanup, and the contracts of those who
keep it and tell people. Like `provisioning.core.ports.cloud`: contracts alone, no I/O."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.server import Server, Status
from provisioning.idle.history import History
from provisioning.servers.transitions import Transition

WATCHED = (Status.RUNNING, Status.STOPPED)
"""The states in which a server is looked at."""


@dataclass(frozen=True)
class Watch:
    """One server's row. `generation` is the server's when `history` began: another one means
    that it was stopped or started since. `version` goes up at each change, so that of two
    changes at once one is lost. `place` is where the notice is, None while it was not told.
    `ended_by`: the rule that stopped or deletes it, empty if a person did; `end_told` that.
    `schedule`: the hours in which its owner wants it to run, as `WorkingHours.parse` reads them;
    `idle_after`: the owner's idle time for it, None for the usual one."""

    server_id: str
    version: int
    generation: int
    next_look_at: datetime
    history: History
    place: Delivery | None = None
    ended_by: str = ""
    end_told: bool = True
    schedule: str = ""
    idle_after: timedelta | None = None


class Watches(Protocol):
    """Where watches are kept. A change is one transaction; none is held while something else
    is waited for."""

    async def take_due(self, now: datetime, until: datetime) -> Sequence[tuple[Server, Watch]]:
        """The running and stopped servers whose next look is due, each handed out once: their
        next look is `until` from now on, whoever asks. New servers get their first watch."""
        ...

    async def make_due(self, now: datetime) -> None:
        """Let every server's next look be due now."""
        ...

    async def get(self, server_id: str) -> Watch | None:
        """The server's watch, None if it was never looked at."""
        ...

    async def of(self, server_ids: Collection[str]) -> Mapping[str, Watch]:
        """Those of these servers that were looked at, by the servers' ids."""
        ...

    async def save(self, watch: Watch) -> Watch | None:
        """Write it if nobody changed it since it was read; None otherwise: drop the change."""
        ...

    async def change(
        self, server: Server, change: Callable[[Watch], Watch], event: Event, now: datetime
    ) -> Watch | None:
        """Apply an owner's wish if the server still is in the state and generation of
        `server`; None if it is not. In the same moment as `end`, one of the two wins."""
        ...

    async def end(
        self, server: Server, watch: Watch, wish: Transition, event: Event, /, **changes: object
    ) -> Server | None:
        """Begin the transition, with those other fields of the row changed, if neither the
        server nor its watch changed since they were read. None otherwise: then nothing was
        written."""
        ...
