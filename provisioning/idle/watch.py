"""The cleanup's row of a server, and the contract of its store. No I/O."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from provisioning.core.model.delivery import Delivery
from provisioning.core.model.events import Event
from provisioning.core.model.server import Job, Server, Status
from provisioning.idle.history import History, Refusal
from provisioning.servers.transitions import Transition

WATCHED = (Status.RUNNING, Status.STOPPED)
"""The states in which a server is probed or swept."""


@dataclass(frozen=True)
class Watch:
    """The cleanup's row of one server.

    - `version` goes up at each change, so that of two changes at once only one is written.
    - `generation`: the server's generation when `history` began. If the server has a newer one, it
      was stopped or started since.
    - `place`: the place of the warning's message, None until it is posted.
    - `ended_by`: the rule that stopped or deletes the server, "" for a person; `end_told`: the
      owner was notified of that.
    - `schedule`: the owner's hours, in the form that `WorkingHours.parse` reads.
    - `idle_after`: the owner's idle time for this server, None for the usual one.
    """

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
    """The store of watches. Each change is one transaction, and none stays open over a wait."""

    async def take_due(self, now: datetime, until: datetime) -> Sequence[tuple[Server, Watch]]:
        """Return the running and stopped servers that are due, and set their next probe to `until`.

        So each server is handed out once, also to several processes. A new server gets its first
        watch.
        """
        ...

    async def make_due(self, now: datetime) -> None:
        """Make the next probe of every server due now."""
        ...

    async def get(self, server_id: str) -> Watch | None:
        """Return the server's watch; None if the server was never probed."""
        ...

    async def of(self, server_ids: Collection[str]) -> Mapping[str, Watch]:
        """Return the watches of these servers by server id; without servers never probed."""
        ...

    async def save(self, watch: Watch) -> Watch | None:
        """Write a watch unless its row has changed since it was read; None means: drop it."""
        ...

    async def change(
        self, server: Server, change: Callable[[Watch], Watch], event: Event, now: datetime
    ) -> Watch | None:
        """Apply an owner's request if the server still has the state and generation of `server`.

        None otherwise. Of a `change` and an `end` at the same moment, one wins.
        """
        ...

    async def end(
        self,
        server: Server,
        watch: Watch,
        transition: Transition,
        event: Event,
        /,
        **changes: object,
    ) -> Server | None:
        """Apply a transition and `changes` to the server's row.

        Returns None, and writes nothing, if the server or its watch has changed since the read.
        """
        ...


def since_the_last_change(server: Server, watch: Watch, now: datetime) -> History:
    """Return the history, begun anew if the server was stopped, started or restarted since.

    A stop by the cleanup that Azure has refused begins nothing anew: the warning holds.
    """
    history, failure = watch.history, server.failure
    if server.status is Status.RUNNING and watch.ended_by and failure and failure.job == Job.STOP:
        return replace(history, refused=history.refused or Refusal(now, failure.code))
    stopped_at = server.stopped_at if server.status is Status.STOPPED else None
    if server.status is Status.STOPPED and stopped_at is None:
        stopped_at = now
    if server.generation == watch.generation and (history.stopped_at is None) == (
        stopped_at is None
    ):
        return history
    return History(
        started_at=history.started_at if stopped_at else now,
        stopped_at=stopped_at,
        keep_until=None if stopped_at else history.keep_until,
        zone=history.zone,
        evidence=history.evidence,
    )
