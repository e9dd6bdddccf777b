"""The one-time password on a card: gone from it once it was used, or its time is over.

The machine knows when it was used; its probe tells, at the looks of the scheduled cleanup.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict

import structlog

from provisioning.core.errors import DeliveryError, NotYet, PermanentError, UserError
from provisioning.core.language import N_, stored
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.server import Failure, Job, Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore

DAY = 86_400.0

SUPERSEDED_CHECK_SECONDS = 1.0
_LONGEST_WAIT = 60.0
_TRIES_OF_A_BROKEN_STEP = 3

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """How a step ended. Values, not exceptions: those don't survive the engine's store."""

    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Outcome(TypedDict):
    """What the engine stores of a step: never a secret. `reason` is as `language.stored` has it:
    it is for people, in whichever language."""

    ending: str
    code: str
    reason: str


def done() -> Outcome:
    """The step's work is so."""
    return Outcome(ending=Ending.DONE, code="", reason="")


def failed(code: str, reason: str) -> Outcome:
    """Trying again would not help."""
    return Outcome(ending=Ending.FAILED, code=code, reason=stored(reason))


def superseded() -> Outcome:
    """Somebody wished otherwise in between (a delete, say): stop without a trace."""
    return Outcome(ending=Ending.SUPERSEDED, code="", reason="")


@dataclass(frozen=True)
class Step:
    """`patience`: seconds for which `NotYet` is tried again before it counts as failed.
    `needed`: asked of the server before; what it says never changes in a workflow's life."""

    name: str
    run: Callable[[Server], Awaitable[None]] = field(repr=False)
    stage: Stage | None = None
    patience: float = 600.0
    needed: Callable[[Server], bool] = field(default=lambda _server: True, repr=False)


@dataclass(frozen=True)
class Workflow:
    """Steps in their order; `on_failure` runs once after the first that failed."""

    name: str
    steps: tuple[Step, ...]
    on_failure: Callable[[Server, str, str], Awaitable[None]] | None = None


@dataclass(frozen=True)
class AddedSteps:
    """Steps that the cleanup adds: before and after every stop, and before a deletion that keeps
    a snapshot."""

    before_stop: tuple[Step, ...] = ()
    after_stop: tuple[Step, ...] = ()
    before_copy: tuple[Step, ...] = ()


def notify(name: str, cards: CardMessages) -> Step:
    """The step that shows the owner the row's status, whenever the chat takes it."""

    async def show(server: Server) -> None:
        await cards.update_state(server)

    return Step(name, show, patience=DAY)


@dataclass(frozen=True)
class FailedEnding:
    """How a workflow that has failed leaves its server, and what its owner reads about that."""

    store: ServerStore
    cards: CardMessages
    clock: Clock

    async def write(
        self, server: Server, status: Status, failure: Failure, detail: str = "", **changes: object
    ) -> None:
        """Write the status and the failure, with other fields of the server, and show them on the
        card. `detail` is the audit event's, the failure's text by default. A server that has the
        status already gets no second event; nothing happens if the server has changed since."""
        event = Event(
            self.clock.now(), ENGINE, "failed", server.id, failure.code, detail or failure.text
        )
        changed = await self.store.update(
            server.id,
            server.generation,
            None if server.status is status else event,
            status=status,
            failure=failure,
            **changes,
        )
        if changed is not None:
            await self.cards.update_state(changed)


async def run_step(store: ServerStore, step: Step, server_id: str, generation: int) -> Outcome:
    """Run the step to one of its endings; a newer generation interrupts it."""
    server = await store.get(server_id)
    if server is None or server.generation != generation:
        return superseded()
    work = asyncio.create_task(_persist(store, step, server_id))
    watch = asyncio.create_task(_until_superseded(store, server_id, generation))
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        return await work if work.done() else superseded()
    finally:
        for task in (work, watch):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _until_superseded(store: ServerStore, server_id: str, generation: int) -> None:
    while True:
        await asyncio.sleep(SUPERSEDED_CHECK_SECONDS)
        server = await store.get(server_id)
        if server is None or server.generation != generation:
            return


def _pause(again: NotYet | DeliveryError, tries: int) -> float:
    """Seconds until the next try. A chat that is down is asked less and less often: each
    try costs a new password on the machine. A cloud or machine that is coming up is not."""
    growth = 1.5 ** (tries - 1) if isinstance(again, DeliveryError) else 1.0
    return min(again.retry_in * growth, _LONGEST_WAIT)


async def _persist(store: ServerStore, step: Step, server_id: str) -> Outcome:
    """Run the step until it is done, fails for good, or its patience ends."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + step.patience
    tries = 0
    while True:
        tries += 1
        server = await store.get(server_id)
        if server is None:
            return superseded()
        try:
            await step.run(server)
            return done()
        except (NotYet, DeliveryError) as again:
            if loop.time() >= deadline:
                return _too_late(step, again)
            log.info(
                "step waits", step=step.name, server=server_id, tries=tries, reason=again.reason
            )
            await asyncio.sleep(_pause(again, tries))
        except PermanentError as end:
            return failed(end.code, end.reason)
        except UserError as end:
            return failed("UserError", end.message)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("step broke", step=step.name, server=server_id, reference=reference)
            if tries >= _TRIES_OF_A_BROKEN_STEP:
                return _broken(reference)
            await asyncio.sleep(tries)


def _too_late(step: Step, again: NotYet | DeliveryError) -> Outcome:
    late = N_(
        "It took longer than {minutes} minutes: {reason}.",
        minutes=max(1, round(step.patience / 60)),
        reason=again.reason,
    )
    return failed("Timeout", late)


def _broken(reference: str) -> Outcome:
    sorry = N_(
        "Something went wrong on our side. Try again, and if it stays so give your admin the "
        "reference `{reference}`.",
        reference=reference,
    )
    return failed("Internal", sorry)


@dataclass(frozen=True)
class Redrawing:
    """The card as its row is now, where nothing else redraws it."""

    cards: CardMessages

    def workflow(self) -> Workflow:
        """One step."""
        return Workflow(Job.REDRAW, self.steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What other work ends with."""
        return (Step("redraw", self.run, patience=DAY),)

    async def run(self, server: Server) -> None:
        """A card that shows a password stays: its clear text is kept nowhere."""
        if server.status is Status.CREATING:
            await self.cards.update_progress(server)
        elif server.password is None or server.password.shown_at is None:
            await self.cards.update_state(server)
