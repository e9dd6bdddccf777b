"""What follows a step that has failed for good: settle, notify, clean up, correct.

The order is the rule of this module. The row gets its lasting state and the owner is notified
*before* the clean-up asks the cloud or the machine, since these may refuse the clean-up as well.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from provisioning.core.language import N_
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Remains, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore

HOUR = 3600.0
_LONGEST_RESULT = 40  # the column of the audit trail


@dataclass(frozen=True)
class FailedStep:
    """A step that has failed for good: its name, a code for programs, and the reason as text.

    `remedy` is what an admin can do, "" for a failure that needs no admin.
    """

    name: str
    code: str
    reason: str
    remedy: str = ""

    @property
    def for_admins(self) -> str:
        """The reason, with the remedy if there is one."""
        if not self.remedy:
            return self.reason
        return N_("{reason} {remedy}", reason=self.reason, remedy=self.remedy)


Settle = Callable[[Server, FailedStep], Awaitable[None]]
Notify = Callable[[Server, FailedStep, bool], Awaitable[None]]
"""Show the owner what has happened; the last argument: in a new message."""


@dataclass(frozen=True)
class OnFailure:
    """What follows the first step of a workflow that fails for good. Each part is safe to repeat.

    - `settle` writes the server's lasting state and its failure. It asks the database only. Where
      something may be left in the cloud or on the machine, `settle` sets `Server.remains`.
    - `notify` shows the owner what has happened; None: a new card, drawn from the row.
    - `clean_up` puts right what is left, while the row says so. It may fail for good as well.
    - `correct` follows a failed `clean_up`: it writes the state that is really there. None: the
      reason stays in the row as that of `Server.remains`, and the clean-up is tried again later.
    - `repeats` says that the workflow begins again by itself, so that only its first failure is
      posted anew.
    - `alarming` names the steps whose failure the admins must hear of, whatever its code.
    """

    settle: Settle
    notify: Notify | None = field(default=None, repr=False)
    clean_up: Callable[[Server], Awaitable[None]] | None = field(default=None, repr=False)
    correct: Settle | None = field(default=None, repr=False)
    patience: float = 6 * HOUR
    repeats: bool = False
    alarming: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rows:
    """Writes the rows of servers whose workflow has failed, with the audit event."""

    store: ServerStore
    clock: Clock

    async def settle(
        self,
        server: Server,
        status: Status,
        failure: Failure,
        detail: str = "",
        **changes: object,
    ) -> None:
        """Store the status, the failure and other fields of the server, with an audit event.

        `detail` is the event's, by default the failure's text. A row that is so already gets no
        second event. Nothing happens if the server has changed since.
        """
        if server.status is status and server.failure == failure:
            return
        event = Event(
            self.clock.now(),
            ENGINE,
            "failed",
            server.id,
            failure.code[:_LONGEST_RESULT],
            detail or failure.text,
        )
        await self.store.update(
            server.id, server.generation, event, status=status, failure=failure, **changes
        )

    async def cleaned(self, server: Server, **changes: object) -> None:
        """Store that nothing is left to put right, with other fields of the server."""
        await self.store.update(server.id, server.generation, remains=None, **changes)

    async def remain(self, server: Server, failed: FailedStep) -> None:
        """Store why the clean-up of the server failed for good. A known reason gets no event."""
        if server.remains is None or server.remains.reason == failed.reason:
            return
        event = Event(
            self.clock.now(),
            ENGINE,
            "clean_up_failed",
            server.id,
            failed.code[:_LONGEST_RESULT],
            failed.reason,
        )
        remains = Remains(server.remains.job, failed.reason)
        await self.store.update(server.id, server.generation, event, remains=remains)
