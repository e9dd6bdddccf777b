"""Steps, outcomes and workflows, and the loop that runs a step to its outcome."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NotRequired, TypedDict, TypeVar

import structlog

from provisioning.core.errors import (
    DatabaseDownError,
    DeliveryError,
    NotYet,
    PermanentError,
    UserError,
)
from provisioning.core.language import N_, restored, stored
from provisioning.core.model.server import Server, Stage, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import FailedStep, OnFailure
from provisioning.workflows.durable.pauses import pause

DAY = 86_400.0

SUPERSEDED_CHECK_SECONDS = 1.0
_LONGEST_WAIT = 60.0
_TRIES_OF_A_BROKEN_STEP = 3
_DATABASE_PAUSE = 1.0

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """The ways in which a step ends: values, since the engine's store keeps no exceptions."""

    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Outcome(TypedDict):
    """The result of a step that the engine stores, without secrets.

    `reason` is a text in the form of `language.stored`, for a reader in any language; so is
    `remedy`, for admins. Outcomes of older versions have no `remedy`.
    """

    ending: str
    code: str
    reason: str
    remedy: NotRequired[str]


class SupersededError(Exception):
    """A step has seen that a newer request superseded it: what it was to do stays due."""


def done() -> Outcome:
    """Return the outcome of a step that is done."""
    return Outcome(ending=Ending.DONE, code="", reason="")


def failed(code: str, reason: str, remedy: str = "") -> Outcome:
    """Return the outcome of a step whose retry would not help."""
    said, todo = stored(reason), stored(remedy)
    return Outcome(ending=Ending.FAILED, code=code, reason=said, remedy=todo)


def failed_step(name: str, outcome: Outcome) -> FailedStep:
    """Return the failure of that step, with its texts restored."""
    reason, remedy = restored(outcome["reason"]), restored(outcome.get("remedy", ""))
    return FailedStep(name, outcome["code"], reason, remedy)


def superseded() -> Outcome:
    """Return the outcome of a step that a newer request superseded; the workflow stops silently."""
    return Outcome(ending=Ending.SUPERSEDED, code="", reason="")


@dataclass(frozen=True)
class Step:
    """A step of a workflow.

    `patience` is the time in seconds for which `NotYet` is retried before the step fails.
    `needed` decides whether the step runs; its answer never changes during a workflow.
    `optional`: the workflow goes on without the step if it fails for good.
    """

    name: str
    run: Callable[[Server], Awaitable[None]] = field(repr=False)
    stage: Stage | None = None
    patience: float = 600.0
    needed: Callable[[Server], bool] = field(default=lambda _server: True, repr=False)
    optional: bool = False


@dataclass(frozen=True)
class Workflow:
    """Steps in their order; `on_failure` follows the first step that fails for good."""

    name: str
    steps: tuple[Step, ...]
    on_failure: OnFailure


@dataclass(frozen=True)
class Run:
    """A run of a workflow for one generation of a server."""

    workflow: Workflow
    server_id: str
    generation: int


@dataclass(frozen=True)
class AddedSteps:
    """Steps that the cleanup adds around every stop, and before a deletion with a snapshot."""

    before_stop: tuple[Step, ...] = ()
    after_stop: tuple[Step, ...] = ()
    before_copy: tuple[Step, ...] = ()
    refused_stop: Callable[[Server, str], Awaitable[bool]] | None = None
    """Note a stop that the cloud has refused with a code; return whether that is news.

    News are posted in a new message. Otherwise the owner knows, or has quiet hours.
    """


def notify(name: str, cards: CardMessages) -> Step:
    """Return the step that shows the owner the row's status; it retries for a day.

    What a member waits for is a new card, of which Slack notifies, and all else an edit. So is a
    running server whose owner gets a one-time password next: that is the new card.
    """

    async def show(server: Server) -> None:
        comes = server.status is Status.RUNNING and server.password is None
        is_news = server.awaited and not (comes and server.closed_at is None)
        await cards.update_state(server, as_new_message=is_news)

    return Step(name, show, patience=DAY)


async def when_it_answers(query: Callable[[], Awaitable[_T]]) -> _T:
    """Ask the database, and ask again until it answers: an outage ends no workflow."""
    while True:
        try:
            return await query()
        except DatabaseDownError:
            log.warning("workflow waits for the database")
            await pause(_DATABASE_PAUSE)


async def run_step(store: ServerStore, step: Step, server_id: str, generation: int) -> Outcome:
    """Run the step until it ends; a newer generation of the server interrupts it."""
    server = await when_it_answers(lambda: store.get(server_id))
    if server is None or server.generation != generation:
        return superseded()
    work = asyncio.create_task(run_to_its_end(store, step, server_id))
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
    """Return when the server has a newer generation, and for no other reason."""
    while True:
        await asyncio.sleep(SUPERSEDED_CHECK_SECONDS)
        try:
            server = await store.get(server_id)
        except Exception as error:
            log.warning("generation not read", server=server_id, error=type(error).__name__)
            continue
        if server is None or server.generation != generation:
            return


def _pause(again: NotYet | DeliveryError, tries: int) -> float:
    """Return the seconds until the next try.

    The pause grows while Slack fails, since each try costs a new password on the machine. It
    stays the same for a cloud or a machine that is starting. A cloud that asks for a wait gets it.
    """
    if isinstance(again, NotYet) and again.is_asked:
        return again.retry_in
    growth = 1.5 ** (tries - 1) if isinstance(again, DeliveryError) else 1.0
    return min(again.retry_in * growth, _LONGEST_WAIT)


async def run_to_its_end(store: ServerStore, step: Step, server_id: str) -> Outcome:
    """Run the step until it is done, fails for good, or its patience ends.

    Time without a database does not count.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + step.patience
    tries = 0
    while True:
        tries += 1
        server = await when_it_answers(lambda: store.get(server_id))
        if server is None:
            return superseded()
        began = loop.time()
        try:
            await step.run(server)
            return done()
        except (NotYet, DeliveryError) as again:
            if loop.time() >= deadline:
                return _too_late(step, again)
            log.info(
                "step waits", step=step.name, server=server_id, tries=tries, reason=again.reason
            )
            await pause(_pause(again, tries))
        except DatabaseDownError:
            log.warning("step waits for the database", step=step.name, server=server_id)
            tries -= 1
            await pause(_DATABASE_PAUSE)
            deadline += loop.time() - began
        except (PermanentError, UserError, SupersededError) as end:
            return _ended(end)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("step broke", step=step.name, server=server_id, reference=reference)
            if tries >= _TRIES_OF_A_BROKEN_STEP:
                return _broken(reference)
            await pause(tries)


def _ended(end: PermanentError | UserError | SupersededError) -> Outcome:
    match end:
        case PermanentError():
            return failed(end.code, end.reason, end.remedy)
        case UserError():
            return failed("UserError", end.message)
    return superseded()


def _too_late(step: Step, again: NotYet | DeliveryError) -> Outcome:
    late = N_(
        "It took longer than {minutes} minutes: {reason}.",
        minutes=max(1, round(step.patience / 60)),
        reason=again.reason,
    )
    return failed("Timeout", late)


def _broken(reference: str) -> Outcome:
    sorry = N_(
        "Something went wrong on our side. Try again. If it fails again, give your admin the "
        "reference `{reference}`.",
        reference=reference,
    )
    return failed("Internal", sorry)
