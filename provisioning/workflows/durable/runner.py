"""Run a workflow: its steps in order, and what follows the first failure.

The runner knows no engine. It calls each step through `durably`, which stores the step's result
and returns the stored result instead when the workflow resumes after a crash.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from provisioning.core.model.names import reference_of
from provisioning.core.model.server import Status
from provisioning.core.ports.chat import AdminAlerts, CardMessages
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.aftermath import Aftermath
from provisioning.workflows.durable.steps import (
    Ending,
    Outcome,
    Run,
    Step,
    Workflow,
    failed_step,
    run_step,
    when_it_answers,
)

Durably = Callable[[str, Callable[[], Coroutine[Any, Any, Outcome]]], Awaitable[Outcome]]
"""Run a step, given its name in the history and its body, and store the outcome."""

log = structlog.get_logger(__name__)


class Runner:
    """Runs workflows by name."""

    def __init__(
        self, store: ServerStore, cards: CardMessages, alerts: AdminAlerts, durably: Durably
    ) -> None:
        self._workflows: dict[str, Workflow] = {}
        self._store = store
        self._cards = cards
        self._durably = durably
        self._aftermath = Aftermath(store, cards, alerts, self._step)

    def add(self, workflows: Mapping[str, Workflow]) -> None:
        """Know these workflows, by their names."""
        self._workflows.update(workflows)

    async def run(self, name: str, server_id: str, generation: int) -> str:
        """Run a workflow for one generation of a server, and return its ending.

        Each line of the log meanwhile has the work's reference.
        """
        with structlog.contextvars.bound_contextvars(reference=reference_of(server_id, generation)):
            return await self._run(name, server_id, generation)

    async def _run(self, name: str, server_id: str, generation: int) -> str:
        run = Run(self._workflows[name], server_id, generation)
        for step in run.workflow.steps:
            server = await when_it_answers(lambda: self._store.get(server_id))
            if server is not None and not step.needed(server):
                continue
            outcome = await self._step(run, step)
            if outcome["ending"] == Ending.DONE:
                continue
            log.info("step ends", workflow=name, server=server_id, step=step.name, **outcome)
            if outcome["ending"] == Ending.SUPERSEDED:
                return outcome["ending"]
            failed = failed_step(step.name, outcome)
            if step.optional:
                await self._aftermath.alert(run, failed)
                continue
            await self._aftermath.of(run, failed)
            return outcome["ending"]
        return Ending.DONE.value

    async def _step(self, run: Run, step: Step) -> Outcome:
        async def body() -> Outcome:
            if step.stage is not None:
                await self._announce(run, step)
            return await run_step(self._store, step, run.server_id, run.generation)

        return await self._durably(f"{run.workflow.name}.{step.name}", body)

    async def _announce(self, run: Run, step: Step) -> None:
        """Move the progress, but never back over a later stage."""
        stage = step.stage
        if stage is None or not await when_it_answers(
            lambda: self._store.set_stage(run.server_id, run.generation, stage, "")
        ):
            return
        server = await when_it_answers(lambda: self._store.get(run.server_id))
        if server is not None and server.status is Status.CREATING:
            await self._cards.update_progress(server)
