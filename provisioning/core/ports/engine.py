"""The contracts between the core and the world: cloud, machine, chat, store, prices.

An adapter implements one of these and is met only in `bot.wiring.bot`. Each method may be
called again with the same arguments: steps run at least once, so every `ensure_` is
silent where the thing is already so. Errors: `NotYet` (try again), `PermanentError`
(give up), both of `provisioning.core.errors`; an adapter lets no other exception of its
library through on purpose.
"""

from datetime import datetime
from typing import Protocol

from provisioning.core.model.server import Job, Server


class Work(Protocol):
    """What the use cases ask of the engine; all of it returns at once and survives a crash."""

    async def begin(self, job: Job, server: Server, key: str = "") -> None:
        """Begin the job; what runs for an older generation of the server ends first. The same
        job never begins twice for the same `key`, which is the generation if left out."""
        ...


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """The current time in UTC, with its time zone."""
        ...
