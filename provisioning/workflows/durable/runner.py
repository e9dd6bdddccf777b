"""Run a workflow: its steps in order, and what follows the first failure.

The runner knows no engine. It calls each step through `durably`, which stores the step's result
and returns the stored result instead when the workflow resumes after a crash.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from provisioning.core.errors import HOST_KEY_CHANGED
from provisioning.core.language import restored
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.steps import (
    Ending,
    Outcome,
    Step,
    Workflow,
    run_step,
    when_it_answers,
)

_PATIENCE = 6 * 3600.0  # for the steps after a failure

Durably = Callable[[str, Callable[[], Coroutine[Any, Any, Outcome]]], Awaitable[Outcome]]
"""Run a step, given its name in the history and its body, and store the outcome."""

log = structlog.get_logger(__name__)


class Runner:
    """Runs workflows by name."""

    def __init__(self, store: ServerStore, cards: CardMessages, durably: Durably) -> None:
        self._workflows: dict[str, Workflow] = {}
        self._store = store
        self._cards = cards
        self._durably = durably

    def add(self, workflows: Mapping[str, Workflow]) -> None:
        """Know these workflows, by their names."""
        self._workflows.update(workflows)

    async def run(self, name: str, server_id: str, generation: int) -> str:
        """Run a workflow for one generation of a server, and return its ending."""
        workflow = self._workflows[name]
        for step in workflow.steps:
            server = await when_it_answers(lambda: self._store.get(server_id))
            if server is not None and not step.needed(server):
                continue
            outcome = await self._step(workflow, step, server_id, generation)
            if outcome["ending"] == Ending.FAILED and workflow.on_failure is not None:
                await self._give_up(workflow, server_id, generation, outcome)
            if outcome["code"] == HOST_KEY_CHANGED:
                alarm = Step("alarm", self._cards.notify_host_key_changed, patience=_PATIENCE)
                await self._step(workflow, alarm, server_id, generation)
            if outcome["ending"] != Ending.DONE:
                log.info(
                    "workflow ends", workflow=name, server=server_id, step=step.name, **outcome
                )
                return outcome["ending"]
        return Ending.DONE.value

    async def _step(
        self, workflow: Workflow, step: Step, server_id: str, generation: int
    ) -> Outcome:
        async def body() -> Outcome:
            if step.stage is not None:
                await self._announce(step, server_id, generation)
            return await run_step(self._store, step, server_id, generation)

        return await self._durably(f"{workflow.name}.{step.name}", body)

    async def _announce(self, step: Step, server_id: str, generation: int) -> None:
        """Move the progress, but never back over a later stage."""
        stage = step.stage
        if stage is None or not await when_it_answers(
            lambda: self._store.set_stage(server_id, generation, stage, "")
        ):
            return
        server = await when_it_answers(lambda: self._store.get(server_id))
        if server is not None and server.status is Status.CREATING:
            await self._cards.update_progress(server)

    async def _give_up(
        self, workflow: Workflow, server_id: str, generation: int, outcome: Outcome
    ) -> None:
        async def clean_up(server: Server) -> None:
            if workflow.on_failure is not None:
                reason = restored(outcome["reason"])
                await workflow.on_failure(server, outcome["code"], reason)

        step = Step("give_up", clean_up, patience=_PATIENCE)
        await self._step(workflow, step, server_id, generation)
